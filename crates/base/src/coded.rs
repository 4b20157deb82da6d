/// Declares a wire code: a struct around the integer, with named constants, so that a value we do
/// not know passes through unchanged and prints as hexadecimal.
///
/// ```
/// base::coded_value! {
///     /// Nature of address indicator (Q.763 §3.9 b).
///     pub struct NatureOfAddress(u8) {
///         /// Subscriber number (national use).
///         SUBSCRIBER = 0x01, "subscriber number";
///         /// National (significant) number.
///         NATIONAL = 0x03, "national (significant) number";
///     }
/// }
/// assert_eq!(NatureOfAddress::NATIONAL.to_string(), "national (significant) number");
/// assert_eq!(NatureOfAddress(0x7e).to_string(), "NatureOfAddress(0x7e)");
/// assert_eq!(format!("{:?}", NatureOfAddress::SUBSCRIBER), "SUBSCRIBER");
/// ```
#[macro_export]
macro_rules! coded_value {
    ($(#[$meta:meta])* $vis:vis struct $name:ident($int:ty) {
        $($(#[$doc:meta])* $constant:ident = $value:expr, $text:expr;)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis struct $name(pub $int);

        impl $name {
            $($(#[$doc])* $vis const $constant: Self = Self($value);)*

            /// Every value that has a name here.
            $vis const NAMED: &'static [Self] = &[$(Self::$constant),*];

            /// What the standard calls this value, where it is one of the named ones.
            $vis const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$constant => Some($text),)*
                    _ => None,
                }
            }
        }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match *self {
                    $(Self::$constant => f.write_str(stringify!($constant)),)*
                    other => write!(f, concat!(stringify!($name), "({:#04x})"), other.0),
                }
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self.name() {
                    Some(text) => f.write_str(text),
                    None => write!(f, concat!(stringify!($name), "({:#04x})"), self.0),
                }
            }
        }
    };
}
