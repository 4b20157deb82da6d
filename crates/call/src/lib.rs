//! Call control: the call table, admission, hunting, priority; knows no protocol
