//! The message transfer part without IO: MTP2 (Q.703), MTP3 (Q.704), and the service it gives to users
