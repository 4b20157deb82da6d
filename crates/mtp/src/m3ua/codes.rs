//! The codes of RFC 4666 §3.

base::coded_value! {
    /// Message class, then message type (RFC 4666 §3.1.2).
    pub struct Kind(u16) {
        /// Error.
        ERR = 0x0000, "ERR";
        /// Notify.
        NTFY = 0x0001, "NTFY";
        /// Payload data.
        DATA = 0x0101, "DATA";
        /// Destination unavailable.
        DUNA = 0x0201, "DUNA";
        /// Destination available.
        DAVA = 0x0202, "DAVA";
        /// Destination state audit.
        DAUD = 0x0203, "DAUD";
        /// Signalling congestion.
        SCON = 0x0204, "SCON";
        /// Destination user part unavailable.
        DUPU = 0x0205, "DUPU";
        /// Destination restricted.
        DRST = 0x0206, "DRST";
        /// ASP up.
        ASPUP = 0x0301, "ASPUP";
        /// ASP down.
        ASPDN = 0x0302, "ASPDN";
        /// Heartbeat.
        BEAT = 0x0303, "BEAT";
        /// ASP up acknowledgement.
        ASPUP_ACK = 0x0304, "ASPUP ACK";
        /// ASP down acknowledgement.
        ASPDN_ACK = 0x0305, "ASPDN ACK";
        /// Heartbeat acknowledgement.
        BEAT_ACK = 0x0306, "BEAT ACK";
        /// ASP active.
        ASPAC = 0x0401, "ASPAC";
        /// ASP inactive.
        ASPIA = 0x0402, "ASPIA";
        /// ASP active acknowledgement.
        ASPAC_ACK = 0x0403, "ASPAC ACK";
        /// ASP inactive acknowledgement.
        ASPIA_ACK = 0x0404, "ASPIA ACK";
    }
}

impl Kind {
    /// Whether the class is one of which we know messages. Registration (class 9) is not: whoever
    /// asks for it is told so (RFC 4666 §4.4.1).
    pub(crate) const fn is_class_known(self) -> bool {
        self.0 >> 8 <= 4
    }
}

base::coded_value! {
    /// A parameter (RFC 4666 §3.2).
    pub(crate) struct Tag(u16) {
        INFO_STRING = 0x0004, "INFO String";
        ROUTING_CONTEXT = 0x0006, "Routing Context";
        DIAGNOSTIC = 0x0007, "Diagnostic Information";
        HEARTBEAT_DATA = 0x0009, "Heartbeat Data";
        TRAFFIC_MODE = 0x000b, "Traffic Mode Type";
        ERROR_CODE = 0x000c, "Error Code";
        STATUS = 0x000d, "Status";
        ASP_IDENTIFIER = 0x0011, "ASP Identifier";
        AFFECTED = 0x0012, "Affected Point Code";
        CORRELATION = 0x0013, "Correlation ID";
        NETWORK_APPEARANCE = 0x0200, "Network Appearance";
        USER_CAUSE = 0x0204, "User/Cause";
        CONGESTION = 0x0205, "Congestion Indications";
        CONCERNED = 0x0206, "Concerned Destination";
        PROTOCOL_DATA = 0x0210, "Protocol Data";
    }
}

base::coded_value! {
    /// What is wrong with a message (RFC 4666 §3.8.1).
    pub struct ErrorCode(u32) {
        /// The version is not ours.
        INVALID_VERSION = 0x01, "invalid version";
        /// Nobody here knows the class.
        UNSUPPORTED_CLASS = 0x03, "unsupported message class";
        /// Nobody here knows the type.
        UNSUPPORTED_TYPE = 0x04, "unsupported message type";
        /// The traffic mode is not that of the application server.
        UNSUPPORTED_TRAFFIC_MODE = 0x05, "unsupported traffic mode type";
        /// Not in this state.
        UNEXPECTED_MESSAGE = 0x06, "unexpected message";
        /// Correct, and out of place.
        PROTOCOL_ERROR = 0x07, "protocol error";
        /// The wrong stream.
        INVALID_STREAM = 0x09, "invalid stream identifier";
        /// Management does not want it.
        MANAGEMENT_BLOCKING = 0x0d, "refused - management blocking";
        /// An ASP must say which it is.
        ASP_IDENTIFIER_REQUIRED = 0x0e, "ASP identifier required";
        /// It says it is another.
        INVALID_ASP_IDENTIFIER = 0x0f, "invalid ASP identifier";
        /// A value that means nothing.
        INVALID_PARAMETER_VALUE = 0x11, "invalid parameter value";
        /// A length that cannot be.
        PARAMETER_FIELD_ERROR = 0x12, "parameter field error";
        /// A parameter out of place.
        UNEXPECTED_PARAMETER = 0x13, "unexpected parameter";
        /// The state of a destination is not told.
        DESTINATION_STATUS_UNKNOWN = 0x14, "destination status unknown";
        /// Not a network of ours.
        INVALID_NETWORK_APPEARANCE = 0x15, "invalid network appearance";
        /// Something is not there.
        MISSING_PARAMETER = 0x16, "missing parameter";
        /// Not an application server of ours.
        INVALID_ROUTING_CONTEXT = 0x19, "invalid routing context";
        /// The ASP belongs to no application server.
        NO_CONFIGURED_AS = 0x1a, "no configured AS for ASP";
    }
}

base::coded_value! {
    /// How the traffic of an application server is divided among its ASPs (RFC 4666 §3.7.1).
    pub struct TrafficMode(u32) {
        /// The last to become active takes all.
        OVERRIDE = 1, "override";
        /// All that are active share.
        LOADSHARE = 2, "loadshare";
        /// Each gets everything.
        BROADCAST = 3, "broadcast";
    }
}

base::coded_value! {
    /// Status type, then status information of a NTFY (RFC 4666 §3.8.2).
    pub struct Status(u32) {
        /// No ASP of the application server is active.
        AS_INACTIVE = 0x0001_0002, "AS-INACTIVE";
        /// Traffic flows.
        AS_ACTIVE = 0x0001_0003, "AS-ACTIVE";
        /// The last active ASP has gone; traffic waits for another.
        AS_PENDING = 0x0001_0004, "AS-PENDING";
        /// More ASPs are needed.
        INSUFFICIENT_ASPS = 0x0002_0001, "insufficient ASP resources active in AS";
        /// Another ASP has taken over.
        ALTERNATE_ASP = 0x0002_0002, "alternate ASP active";
        /// An ASP has failed.
        ASP_FAILURE = 0x0002_0003, "ASP failure";
    }
}
