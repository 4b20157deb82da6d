//! Q.763: ISUP messages and parameters, octet by octet
