//! A whole gateway without IO: one small file per hop between the cores
