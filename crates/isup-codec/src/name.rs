use std::fmt;

/// A circuit identification code: 12 bits that name a circuit between two signalling points
/// (Q.763 §1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cic(pub u16);

impl Cic {
    /// The greatest code of 12 bits.
    pub const MAX: Self = Self(0x0fff);

    /// Whether the code fits its 12 bits.
    pub const fn is_valid(self) -> bool {
        self.0 <= Self::MAX.0
    }
}

impl fmt::Display for Cic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

base::coded_value! {
    /// The message type code (Q.763 Table 4).
    ///
    /// Of the types marked (1984) and (1988) the table of 2000 has the codes, as reserved, and no
    /// other table says what they carry; later exchanges do not know them (Q.764 §2.9.5), nor does
    /// tshark. They are read and written as they are ([`crate::Raw`]): one open implementation has
    /// call modification indicators in CMR, CMC and CMRJ, a facility indicator in FAD and FAI, and
    /// nothing mandatory in DRS, which is no ground for refusing what says otherwise.
    pub struct MessageType(u8) {
        /// Initial address.
        IAM = 0x01, "IAM";
        /// Subsequent address.
        SAM = 0x02, "SAM";
        /// Information request.
        INR = 0x03, "INR";
        /// Information.
        INF = 0x04, "INF";
        /// Continuity.
        COT = 0x05, "COT";
        /// Address complete.
        ACM = 0x06, "ACM";
        /// Connect.
        CON = 0x07, "CON";
        /// Forward transfer.
        FOT = 0x08, "FOT";
        /// Answer.
        ANM = 0x09, "ANM";
        /// Release.
        REL = 0x0c, "REL";
        /// Suspend.
        SUS = 0x0d, "SUS";
        /// Resume.
        RES = 0x0e, "RES";
        /// Release complete.
        RLC = 0x10, "RLC";
        /// Continuity check request.
        CCR = 0x11, "CCR";
        /// Reset circuit.
        RSC = 0x12, "RSC";
        /// Blocking.
        BLO = 0x13, "BLO";
        /// Unblocking.
        UBL = 0x14, "UBL";
        /// Blocking acknowledgement.
        BLA = 0x15, "BLA";
        /// Unblocking acknowledgement.
        UBA = 0x16, "UBA";
        /// Circuit group reset.
        GRS = 0x17, "GRS";
        /// Circuit group blocking.
        CGB = 0x18, "CGB";
        /// Circuit group unblocking.
        CGU = 0x19, "CGU";
        /// Circuit group blocking acknowledgement.
        CGBA = 0x1a, "CGBA";
        /// Circuit group unblocking acknowledgement.
        CGUA = 0x1b, "CGUA";
        /// Call modification request (1988).
        CMR = 0x1c, "CMR";
        /// Call modification completed (1988).
        CMC = 0x1d, "CMC";
        /// Call modification reject (1988).
        CMRJ = 0x1e, "CMRJ";
        /// Facility request.
        FAR = 0x1f, "FAR";
        /// Facility accepted.
        FAA = 0x20, "FAA";
        /// Facility reject.
        FRJ = 0x21, "FRJ";
        /// Facility deactivated (1984).
        FAD = 0x22, "FAD";
        /// Facility information (1984).
        FAI = 0x23, "FAI";
        /// Loop back acknowledgement (national use).
        LPA = 0x24, "LPA";
        /// Delayed release (1988).
        DRS = 0x27, "DRS";
        /// Pass-along (national use).
        PAM = 0x28, "PAM";
        /// Circuit group reset acknowledgement.
        GRA = 0x29, "GRA";
        /// Circuit group query (national use).
        CQM = 0x2a, "CQM";
        /// Circuit group query response (national use).
        CQR = 0x2b, "CQR";
        /// Call progress.
        CPG = 0x2c, "CPG";
        /// User-to-user information.
        USR = 0x2d, "USR";
        /// Unequipped circuit identification code (national use).
        UCIC = 0x2e, "UCIC";
        /// Confusion.
        CFN = 0x2f, "CFN";
        /// Overload (national use).
        OLM = 0x30, "OLM";
        /// Charge information (national use).
        CRG = 0x31, "CRG";
        /// Network resource management.
        NRM = 0x32, "NRM";
        /// Facility.
        FAC = 0x33, "FAC";
        /// User part test.
        UPT = 0x34, "UPT";
        /// User part available.
        UPA = 0x35, "UPA";
        /// Identification request.
        IDR = 0x36, "IDR";
        /// Identification response.
        IRS = 0x37, "IRS";
        /// Segmentation.
        SGM = 0x38, "SGM";
        /// Loop prevention.
        LPR = 0x40, "LPR";
        /// Application transport.
        APM = 0x41, "APM";
        /// Pre-release information.
        PRI = 0x42, "PRI";
        /// Subsequent directory number (national use).
        SDM = 0x43, "SDM";
    }
}

impl MessageType {
    /// Whether such a message is about many circuits at once, of which it names the first
    /// (Q.763 §3.43).
    pub const fn is_about_many(self) -> bool {
        matches!(
            self,
            Self::GRS
                | Self::GRA
                | Self::CGB
                | Self::CGBA
                | Self::CGU
                | Self::CGUA
                | Self::CQM
                | Self::CQR
        )
    }
}
