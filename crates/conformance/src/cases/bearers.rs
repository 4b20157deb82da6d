//! Q.784.1 §7: what the connection has to carry.

use super::words::{Mt, PICKED, needing, none, rel, story};
use crate::act::{Ear, Party};
use crate::case::Case;
use crate::pattern::{Check, Pattern};
use crate::profile::{Need, Profile};
use crate::step::{On, Step};
use base::Cause;
use isup_codec::{Iam, ParameterName, Rlc, TransmissionMedium};

const DIGITAL: &[Need] = &[Need::UnrestrictedBearer];
const MULTIRATE: &str = "takes several circuits for one call; the switch has speech only";

pub(super) const CASES: &[Case] = &[
    needing(DIGITAL, "7.1.1", "64 kbit/s unrestricted, call of the switch", "2.1.1", digital_out),
    needing(&[], "7.1.2", "64 kbit/s unrestricted, refused", "2.2, Q.850", digital_refused),
    needing(DIGITAL, "7.1.3", "64 kbit/s unrestricted, dual seizure", "2.9.1.4", digital_out),
    needing(&[], "7.2.1a", "3.1 kHz audio, call to the switch", "2.1.1", audio_in),
    needing(&[], "7.2.1b", "speech with user service information", "2.1.1", speech_in),
    none("7.3.1", "several circuits, call of the switch", "2.1.1.1", MULTIRATE),
    none("7.3.2", "several circuits, call to the switch", "2.1.1.1", MULTIRATE),
    needing(&[], "7.3.3", "1920 kbit/s asked of a switch without it", "2.1.1.1", multirate_refused),
    none("7.3.4", "several circuits, dual seizure won", "2.9.1.4", MULTIRATE),
    none("7.3.5", "several circuits, dual seizure lost", "2.9.1.4", MULTIRATE),
    needing(&[], "7.3.6", "2 x 64 kbit/s asked of a switch without it", "2.1.1.1", two_refused),
];

/// The bearer capability of Q.931 that goes with a medium.
const SPEECH: [u8; 3] = [0x80, 0x90, 0xa3];
const AUDIO: [u8; 3] = [0x90, 0x90, 0xa3];
const DATA: [u8; 2] = [0x88, 0x90];

fn iam(p: &Profile, medium: TransmissionMedium, service: &[u8]) -> Iam {
    let mut iam = p.iam();
    iam.medium = medium;
    iam.options.push(ParameterName::USER_SERVICE_INFORMATION, service);
    iam
}

fn digital_out(p: &Profile) -> Vec<Step> {
    let wanted = Pattern::of(Mt::IAM).with(Check::Medium(TransmissionMedium::UNRESTRICTED_64K));
    story(p)
        .dials(false)
        .expect(On::New, wanted)
        .rings()
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

/// A switch that carries speech only must not pretend: data would arrive changed.
fn refused(p: &Profile, medium: TransmissionMedium) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, iam(p, medium, &DATA))
        .expect(on, rel(Cause::BEARER_NOT_IMPLEMENTED))
        .send(on, Rlc::new())
        .done()
}

fn digital_refused(p: &Profile) -> Vec<Step> {
    refused(p, TransmissionMedium::UNRESTRICTED_64K)
}

fn multirate_refused(p: &Profile) -> Vec<Step> {
    refused(p, TransmissionMedium::UNRESTRICTED_1920K)
}

fn two_refused(p: &Profile) -> Vec<Step> {
    refused(p, TransmissionMedium::UNRESTRICTED_2X64K)
}

fn taken(p: &Profile, iam: Iam) -> Vec<Step> {
    let on = p.ours(0);
    story(p).send(on, iam).hear(Ear::Called).alerts(on).tester_clears(on, Party::Called).done()
}

fn audio_in(p: &Profile) -> Vec<Step> {
    taken(p, iam(p, TransmissionMedium::AUDIO_3100, &AUDIO))
}

fn speech_in(p: &Profile) -> Vec<Step> {
    taken(p, iam(p, TransmissionMedium::SPEECH, &SPEECH))
}
