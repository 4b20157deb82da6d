use super::*;
use crate::sample::{number, response};

fn status(status: CalledStatus) -> BackwardCallIndicators {
    BackwardCallIndicators(0).with_called_status(status)
}

#[test]
fn rfc3398_7_2_5_and_7_2_6_acm() {
    let free = Acm::new(status(CalledStatus::SUBSCRIBER_FREE));
    let early = Acm::new(status(CalledStatus::NO_INDICATION));
    assert_eq!(signal_of_acm(&free), Signal::Alerting { early_media: false });
    assert_eq!(signal_of_acm(&early), Signal::Progress { early_media: false });
    for acm in [free, early] {
        let mut tones = acm.clone();
        tones.set(key::OPTIONAL_BACKWARD_CALL_INDICATORS, &IN_BAND);
        let mut behind = acm.clone();
        behind.backward = behind.backward.with_interworking(true);
        let mut failed = acm;
        let cause = isup_codec::CauseIndicators::new(base::Cause::NUMBER_CHANGED, 2);
        failed.set(key::CAUSE_INDICATORS, &cause);
        for acm in [tones, behind, failed] {
            let (Signal::Alerting { early_media } | Signal::Progress { early_media }) =
                signal_of_acm(&acm)
            else {
                panic!("{acm:?}");
            };
            assert!(early_media);
        }
    }
}

#[test]
fn rfc3398_7_2_9_cpg() {
    let no = false;
    for (event, signal, status) in [
        (1, Signal::Alerting { early_media: no }, 180),
        (2, Signal::Progress { early_media: no }, 183),
        (3, Signal::Progress { early_media: true }, 183),
        (4, Signal::Forwarding { early_media: no }, 181),
        (5, Signal::Forwarding { early_media: no }, 181),
        (6, Signal::Forwarding { early_media: no }, 181),
        (0x7f, Signal::Progress { early_media: no }, 183),
    ] {
        let cpg = Cpg::new(EventIndicator(event));
        assert_eq!(signal_of_cpg(&cpg), signal, "event {event}");
        let provisional = provisional_for_signal(&signal).unwrap();
        assert_eq!(provisional.status, status, "event {event}");
        assert_ne!(provisional.phrase, "");
        assert_eq!(provisional.media, event == 3);
    }
    let mut cpg = Cpg::new(EventIndicator::ALERTING);
    let behind = status(CalledStatus::NO_INDICATION).with_interworking(true);
    cpg.set(key::BACKWARD_CALL_INDICATORS, &behind);
    assert_eq!(signal_of_cpg(&cpg), Signal::Alerting { early_media: true });
}

#[test]
fn rfc3398_8_2_3_provisional_responses() {
    let numbers = NumberFormat::default();
    for (code, called, in_band) in [
        (180, CalledStatus::SUBSCRIBER_FREE, false),
        (180, CalledStatus::SUBSCRIBER_FREE, true),
        (182, CalledStatus::NO_INDICATION, false),
        (183, CalledStatus::NO_INDICATION, true),
        (199, CalledStatus::NO_INDICATION, false),
    ] {
        let signal = signal_of_provisional(code, in_band);
        let backward = backward_for_signal(&signal, true, &numbers);
        let [Backward::AddressComplete(acm)] = &backward[..] else {
            panic!("{code}: {backward:?}");
        };
        assert_eq!(acm.backward.called_status(), called, "{code}");
        assert_eq!(acm.in_band(), in_band, "{code}");
        assert_eq!(acm.backward.charge(), Charge::CHARGE);
        assert_eq!(acm.backward.called_category(), CalledCategory::ORDINARY);
        assert!(acm.backward.isup_all_the_way() && !acm.backward.interworking());
    }
    let forwarding = signal_of_provisional(181, false);
    // "Early ACM and CPG, event=6"
    let first = backward_for_signal(&forwarding, true, &numbers);
    let later = backward_for_signal(&forwarding, false, &numbers);
    assert!(matches!(&first[0], Backward::AddressComplete(acm) if !acm.in_band()));
    assert_eq!(first[1..], later);
    let [Backward::Progress(cpg)] = &later[..] else {
        panic!("{later:?}");
    };
    assert_eq!(cpg.event.event, EventIndicator::FORWARDED_UNCONDITIONAL);
}

#[test]
fn the_answer_tells_who_answered_to_those_who_may_know() {
    let numbers = NumberFormat::default();
    let ok = response(200, &["P-Asserted-Identity: <tel:+33199001201>"]);
    let connected = Some(number("33199001201"));
    assert_eq!(signal_of_ok(&ok, true, &numbers), Signal::Answer { connected });
    assert_eq!(signal_of_ok(&ok, false, &numbers), Signal::Answer { connected: None });
    let hidden = response(200, &["P-Asserted-Identity: <tel:+33199001201>", "Privacy: id"]);
    assert_eq!(signal_of_ok(&hidden, true, &numbers), Signal::Answer { connected: None });
    let backward = backward_for_signal(&Signal::Answer { connected }, true, &numbers);
    let [Backward::Connect(con)] = &backward[..] else {
        panic!("{backward:?}");
    };
    let signal = signal_of_answer(con.get(key::CONNECTED_NUMBER).as_ref(), &numbers);
    assert_eq!(signal, Signal::Answer { connected });

    let host = "::1".parse().unwrap();
    let told = connected_for_sip(connected.as_ref(), true, host, &numbers);
    let uri = "<sip:+33199001201@[::1];user=phone>".to_owned();
    assert_eq!(told, [("P-Asserted-Identity", uri)]);
    assert_eq!(connected_for_sip(connected.as_ref(), false, host, &numbers), []);
    assert_eq!(connected_for_sip(None, true, host, &numbers), []);
}

#[test]
fn what_is_no_progress_makes_none() {
    let release = call::Release::new(base::Cause::NORMAL_CLEARING);
    for signal in [Signal::Suspend, Signal::Resume, Signal::Release(release)] {
        assert_eq!(provisional_for_signal(&signal), None);
        assert_eq!(backward_for_signal(&signal, true, &NumberFormat::default()), []);
    }
    assert_eq!(provisional_for_signal(&Signal::Answer { connected: None }), None);
}
