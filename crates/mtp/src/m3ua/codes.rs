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
        /// Registration request.
        REG_REQ = 0x0901, "REG REQ";
        /// Registration response.
        REG_RSP = 0x0902, "REG RSP";
        /// Deregistration request.
        DEREG_REQ = 0x0903, "DEREG REQ";
        /// Deregistration response.
        DEREG_RSP = 0x0904, "DEREG RSP";
    }
}

impl Kind {
    /// Whether the class is one of which we know messages.
    pub(crate) const fn is_class_known(self) -> bool {
        matches!(self.0 >> 8, 0..=4 | 9)
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
        ROUTING_KEY = 0x0207, "Routing Key";
        REGISTRATION_RESULT = 0x0208, "Registration Result";
        DEREGISTRATION_RESULT = 0x0209, "Deregistration Result";
        LOCAL_KEY = 0x020a, "Local Routing Key Identifier";
        DESTINATION = 0x020b, "Destination Point Code";
        SERVICES = 0x020c, "Service Indicators";
        ORIGINS = 0x020e, "Originating Point Code List";
        PROTOCOL_DATA = 0x0210, "Protocol Data";
        REGISTRATION_STATUS = 0x0212, "Registration Status";
        DEREGISTRATION_STATUS = 0x0213, "Deregistration Status";
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

base::coded_value! {
    /// What became of a routing key that was to be registered (RFC 4666 §3.6.2).
    pub struct RegistrationStatus(u32) {
        /// It is registered.
        REGISTERED = 0, "successfully registered";
        /// No reason is known.
        UNKNOWN = 1, "unknown";
        /// No such destination.
        INVALID_DPC = 2, "invalid DPC";
        /// No such network.
        INVALID_NETWORK_APPEARANCE = 3, "invalid network appearance";
        /// It is no routing key.
        INVALID_ROUTING_KEY = 4, "invalid routing key";
        /// Not for this ASP.
        PERMISSION_DENIED = 5, "permission denied";
        /// A message could be for two keys.
        NOT_UNIQUE = 6, "cannot support unique routing";
        /// Nobody configured it.
        NOT_PROVISIONED = 7, "routing key not currently provisioned";
        /// Too many keys.
        INSUFFICIENT_RESOURCES = 8, "insufficient resources";
        /// It names something by which nothing is distributed here.
        UNSUPPORTED_FIELD = 9, "unsupported RK parameter field";
        /// Traffic is divided otherwise.
        UNSUPPORTED_MODE = 10, "unsupported or invalid traffic handling mode";
        /// Keys are not changed here.
        CHANGE_REFUSED = 11, "routing key change refused";
        /// It is registered already.
        ALREADY_REGISTERED = 12, "routing key already registered";
    }
}

base::coded_value! {
    /// What became of a routing context that was to be deregistered (RFC 4666 §3.6.4).
    pub struct DeregistrationStatus(u32) {
        /// It is.
        DEREGISTERED = 0, "successfully deregistered";
        /// No reason is known.
        UNKNOWN = 1, "unknown";
        /// No such context.
        INVALID_ROUTING_CONTEXT = 2, "invalid routing context";
        /// It is configured, and not registered.
        PERMISSION_DENIED = 3, "permission denied";
        /// It was not registered.
        NOT_REGISTERED = 4, "not registered";
        /// Traffic flows.
        ASP_ACTIVE = 5, "ASP currently active for routing context";
    }
}
