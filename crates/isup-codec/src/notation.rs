/// The notation in which the tables of Q.763 are written down in this crate: one list for each of
/// them, from which everything that can be derived comes.
///
/// ```text
/// q763! { codes CallingPartysCategory, … }         an octet that holds one code
///
/// q763! { indicators                               an octet or two of bit fields
///     /// Doc.
///     NatureOfConnection(u8) {                     u8, u16 (first octet low), or Extended: an
///                                                  octet whose high bit makes it the last
///         /// What it says.
///         satellites with_satellites: u8 = 0, 2, "satellites";     getter setter: type = first
///     }                                            bit, width, what the recommendation calls it
/// }
///
/// q763! { parameters                               Table 5: code, name, text, clause, contents
///     0x3d HOP_COUNTER "hop counter" "3.80": u8;
/// }
///
/// q763! { messages
///     extensible {                                 with an optional part
///         /// Doc.
///         REL Rel {                                code of MessageType, variant and structure
///             fixed {}                             field: type = code of ParameterName
///             variable { cause: CauseIndicators = CAUSE_INDICATORS, }
///             optional { AUTOMATIC_CONGESTION_LEVEL, … }    what the message's table allows
///         }
///     }
///     closed { … }                                 without an optional part
///     bare { … }                                   without parameters: a variant only
///     opaque { … }                                 octets that Q.763 leaves to others
/// }
/// ```
macro_rules! q763 {
    (codes $($name:ident),* $(,)?) => {$(
        impl $crate::value::Value for $name {
            const LENGTHS: (u8, u8) = (1, 1);

            fn read(octets: &[u8]) -> Option<Self> {
                u8::read(octets).map(Self)
            }

            fn write(&self, out: &mut Vec<u8>) -> Result<(), $crate::value::Unwritable> {
                self.0.write(out)
            }
        }
    )*};

    (indicators $(
        $(#[$doc:meta])* $name:ident($word:ident) { $(
            $(#[$get_doc:meta])*
            $get:ident $with:ident: $type:ident = $first:literal, $width:literal, $text:literal;
        )* }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name(pub q763!(@word $word));

        impl $name {
            $(
                $(#[$get_doc])*
                pub const fn $get(self) -> $type {
                    let bits = $crate::bits::Field::new($first, $width).get(self.0 as u16);
                    q763!(@of_bits $type, bits)
                }

                #[doc = concat!("The same with this ", $text, ".")]
                #[must_use]
                pub const fn $with(self, value: $type) -> Self {
                    let field = $crate::bits::Field::new($first, $width);
                    Self(field.put(self.0 as u16, q763!(@to_bits $type, value)) as _)
                }
            )*
        }

        impl $crate::value::Value for $name {
            const LENGTHS: (u8, u8) = q763!(@lengths $word);

            fn read(octets: &[u8]) -> Option<Self> {
                q763!(@read $word, octets).map(Self)
            }

            fn write(&self, out: &mut Vec<u8>) -> Result<(), $crate::value::Unwritable> {
                q763!(@write $word, self.0, out)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let mut list = $crate::print::Fields::new(f);
                $(q763!(@show $type, list, $text, self.$get());)*
                list.finish()
            }
        }
    )*};

    (parameters $(
        $(#[$doc:meta])* $code:literal $name:ident $text:literal $clause:literal: $type:ty;
    )*) => {
        base::coded_value! {
            /// The parameter name code (Q.763 Table 5).
            pub struct ParameterName(u8) {
                $(#[doc = concat!("§", $clause, ".")] $name = $code, $text;)*
            }
        }

        /// The parameters with the types of their contents.
        pub mod key {
            use super::*;

            $(
                #[doc = concat!("Q.763 §", $clause, ".")]
                $(#[$doc])*
                pub const $name: Key<$type> = Key::new(ParameterName::$name);
            )*
        }

        impl ParameterName {
            /// The clause of Q.763 that describes it.
            pub const fn clause(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some($clause),)*
                    _ => None,
                }
            }

            /// What its contents are, where Q.763 says so.
            pub(crate) const fn contents(self) -> Option<Contents> {
                match self {
                    $(Self::$name => Some(Contents::of::<$type>()),)*
                    _ => None,
                }
            }
        }
    };

    (messages
        extensible { $(
            $(#[$edoc:meta])* $ecode:ident $ename:ident {
                fixed { $($(#[$efdoc:meta])* $eff:ident: $eft:ty = $efp:ident,)* }
                variable { $($(#[$evdoc:meta])* $evf:ident: $evt:ty = $evp:ident,)* }
                optional { $($eop:ident,)* }
            }
        )* }
        closed { $(
            $(#[$cdoc:meta])* $ccode:ident $cname:ident {
                fixed { $($(#[$cfdoc:meta])* $cff:ident: $cft:ty = $cfp:ident,)* }
                variable { $($(#[$cvdoc:meta])* $cvf:ident: $cvt:ty = $cvp:ident,)* }
            }
        )* }
        bare { $($(#[$bdoc:meta])* $bcode:ident $bname:ident;)* }
        opaque { $($(#[$odoc:meta])* $ocode:ident $oname:ident;)* }
    ) => {
        $(
            $(#[$edoc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $ename {
                $($(#[$efdoc])* pub $eff: $eft,)*
                $($(#[$evdoc])* pub $evf: $evt,)*
                /// The optional part.
                pub options: Options,
            }

            impl $ename {
                /// The first optional parameter of this name, if its contents can be read.
                pub fn get<T: Value>(&self, key: Key<T>) -> Option<T> {
                    self.options.get(key)
                }

                /// Puts an optional parameter in the place of those of its name, or at the end.
                pub fn set<T: Value>(&mut self, key: Key<T>, value: &T) {
                    self.options.set(key, value);
                }

                /// The same with this optional parameter.
                #[must_use]
                pub fn with<T: Value>(mut self, key: Key<T>, value: &T) -> Self {
                    self.options.set(key, value);
                    self
                }
            }

            impl Body for $ename {
                fn layout() -> &'static Layout {
                    static LAYOUT: Layout = Layout {
                        fixed: Cow::Borrowed(&[
                            $((ParameterName::$efp, <$eft as Value>::LENGTHS.0)),*
                        ]),
                        variable: Cow::Borrowed(&[$(ParameterName::$evp),*]),
                        optional: Some(Cow::Borrowed(&[$(ParameterName::$eop),*])),
                    };
                    &LAYOUT
                }

                fn read(view: &View<'_>) -> Result<Self, Flaw> {
                    Ok(Self {
                        $($eff: view.mandatory(Key::new(ParameterName::$efp))?,)*
                        $($evf: view.mandatory(Key::new(ParameterName::$evp))?,)*
                        options: view.options(Self::layout()),
                    })
                }

                fn write_parameter(
                    &self,
                    name: ParameterName,
                    out: &mut Vec<u8>,
                ) -> Option<Written> {
                    match name {
                        $(ParameterName::$efp => Some(self.$eff.write(out)),)*
                        $(ParameterName::$evp => Some(self.$evf.write(out)),)*
                        _ => self.options.find(name).map(|octets| {
                            out.extend_from_slice(octets);
                            Ok(())
                        }),
                    }
                }

                fn options(&self) -> Option<&Options> {
                    Some(&self.options)
                }
            }

            impl From<$ename> for Message {
                fn from(message: $ename) -> Self {
                    Self::$ename(message)
                }
            }
        )*

        $(
            $(#[$cdoc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $cname {
                $($(#[$cfdoc])* pub $cff: $cft,)*
                $($(#[$cvdoc])* pub $cvf: $cvt,)*
            }

            impl Body for $cname {
                fn layout() -> &'static Layout {
                    static LAYOUT: Layout = Layout {
                        fixed: Cow::Borrowed(&[
                            $((ParameterName::$cfp, <$cft as Value>::LENGTHS.0)),*
                        ]),
                        variable: Cow::Borrowed(&[$(ParameterName::$cvp),*]),
                        optional: None,
                    };
                    &LAYOUT
                }

                fn read(view: &View<'_>) -> Result<Self, Flaw> {
                    Ok(Self {
                        $($cff: view.mandatory(Key::new(ParameterName::$cfp))?,)*
                        $($cvf: view.mandatory(Key::new(ParameterName::$cvp))?,)*
                    })
                }

                fn write_parameter(
                    &self,
                    name: ParameterName,
                    out: &mut Vec<u8>,
                ) -> Option<Written> {
                    match name {
                        $(ParameterName::$cfp => Some(self.$cff.write(out)),)*
                        $(ParameterName::$cvp => Some(self.$cvf.write(out)),)*
                        _ => None,
                    }
                }

                fn options(&self) -> Option<&Options> {
                    None
                }
            }

            impl From<$cname> for Message {
                fn from(message: $cname) -> Self {
                    Self::$cname(message)
                }
            }
        )*

        /// A message (Q.763 Table 4).
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Message {
            $($(#[$edoc])* $ename($ename),)*
            $($(#[$cdoc])* $cname($cname),)*
            $($(#[$bdoc])* $bname,)*
            $($(#[$odoc])* $oname(Bytes),)*
            /// Any other message: passed on as it came.
            Other(Raw),
        }

        impl Message {
            /// The types that have a structure or a variant of their own.
            pub const TYPED: &'static [MessageType] = &[
                $(MessageType::$ecode,)*
                $(MessageType::$ccode,)*
                $(MessageType::$bcode,)*
                $(MessageType::$ocode,)*
            ];

            /// The message's type.
            pub const fn message_type(&self) -> MessageType {
                match self {
                    $(Self::$ename(_) => MessageType::$ecode,)*
                    $(Self::$cname(_) => MessageType::$ccode,)*
                    $(Self::$bname => MessageType::$bcode,)*
                    $(Self::$oname(_) => MessageType::$ocode,)*
                    Self::Other(raw) => raw.message_type,
                }
            }

            /// The optional part, where the message may have one.
            pub const fn options(&self) -> Option<&Options> {
                match self {
                    $(Self::$ename(message) => Some(&message.options),)*
                    _ => None,
                }
            }

            pub(crate) fn read(view: &View<'_>) -> Result<Self, Flaw> {
                match view.message_type() {
                    lacking if view.variant().lacks(lacking) => Ok(Self::Other(Raw {
                        message_type: lacking,
                        body: Bytes::copy_from_slice(view.body()),
                    })),
                    $(MessageType::$ecode => $ename::read(view).map(Self::$ename),)*
                    $(MessageType::$ccode => $cname::read(view).map(Self::$cname),)*
                    $(MessageType::$bcode => Ok(Self::$bname),)*
                    $(MessageType::$ocode => {
                        Ok(Self::$oname(Bytes::copy_from_slice(view.body())))
                    })*
                    _ => Ok(Self::Other(Raw {
                        message_type: view.message_type(),
                        body: Bytes::copy_from_slice(view.body()),
                    })),
                }
            }

            pub(crate) fn write(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
                match self {
                    $(Self::$ename(message) => writer.body(message, MessageType::$ecode),)*
                    $(Self::$cname(message) => writer.body(message, MessageType::$ccode),)*
                    $(Self::$bname => Ok(()),)*
                    $(Self::$oname(octets) => {
                        writer.raw(octets);
                        Ok(())
                    })*
                    Self::Other(raw) => {
                        writer.raw(&raw.body);
                        Ok(())
                    }
                }
            }
        }

        impl MessageType {
            /// Which parameters a message of this type has, and where.
            pub fn layout(self) -> Option<&'static Layout> {
                match self {
                    $(Self::$ecode => Some(<$ename as Body>::layout()),)*
                    $(Self::$ccode => Some(<$cname as Body>::layout()),)*
                    $(Self::$bcode => Some(&Layout::BARE),)*
                    _ => None,
                }
            }
        }
    };

    (@word Extended) => { u8 };
    (@word $word:ident) => { $word };
    (@lengths Extended) => { (1, u8::MAX) };
    (@lengths $word:ident) => { <$word as $crate::value::Value>::LENGTHS };
    (@read Extended, $octets:ident) => { $octets.first().map(|octet| octet & 0x7f) };
    (@read $word:ident, $octets:ident) => { <$word as $crate::value::Value>::read($octets) };
    (@write Extended, $value:expr, $out:ident) => { ($value | 0x80).write($out) };
    (@write $word:ident, $value:expr, $out:ident) => { $value.write($out) };
    (@of_bits bool, $bits:ident) => { $bits != 0 };
    (@of_bits u8, $bits:ident) => { $bits };
    (@of_bits $type:ident, $bits:ident) => { $type($bits) };
    (@to_bits bool, $value:ident) => { $value as u8 };
    (@to_bits u8, $value:ident) => { $value };
    (@to_bits $type:ident, $value:ident) => { $value.0 };
    (@show bool, $list:ident, $text:literal, $value:expr) => { $list.flag($text, $value) };
    (@show u8, $list:ident, $text:literal, $value:expr) => { $list.number($text, $value) };
    (@show $type:ident, $list:ident, $text:literal, $value:expr) => {
        $list.code($text, $value.0, $value.name())
    };
}

pub(crate) use q763;
