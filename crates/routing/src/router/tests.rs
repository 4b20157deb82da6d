use super::*;

const VOIP: Exit = Exit::Sip(0);
const PSTN: Exit = Exit::Circuits(0);
const OTHER: Exit = Exit::Circuits(1);

const PLAN: &str = "insee,number,service,long_number,alternates,valid_from,valid_to\n\
    *,112,europe,+33199009400,+33199009401,,\n\
    59350,15,samu,+33199009100,,,\n";

fn config(rules: Vec<Rule>) -> Config {
    Config {
        plan: Plan::parse(PLAN).unwrap(),
        rules,
        exits: vec![VOIP, PSTN, OTHER],
        ..Config::default()
    }
}

fn number(digits: &str) -> Number {
    Number::international(digits).unwrap()
}

fn query(called: &Number, ingress: Exit) -> Query<'_> {
    Query { ingress, called, class: Class::Ordinary, location: None, explain: true }
}

fn usual() -> Vec<Rule> {
    vec![
        Rule::new("+33199", vec![PSTN, OTHER]),
        Rule::refusing("+331990080", Cause::UNALLOCATED).only_from(VOIP),
        Rule::new("+331990080", vec![VOIP]).only_from(PSTN),
    ]
}

#[test]
fn the_longest_prefix_that_accepts_the_ingress_decides() {
    let router = Router::new(config(usual())).unwrap();
    let called = number("33199000000");
    let decision = router.route(&query(&called, VOIP)).unwrap();
    assert_eq!((&*decision.exits, decision.class), (&[PSTN, OTHER][..], Class::Ordinary));
    let called = number("33199008001");
    assert_eq!(&*router.route(&query(&called, PSTN)).unwrap().exits, [VOIP]);
    let refused = router.route(&query(&called, VOIP)).unwrap_err();
    assert_eq!(refused.cause, Cause::UNALLOCATED);
    let nowhere = number("44199008001");
    assert_eq!(router.route(&query(&nowhere, VOIP)).unwrap_err().cause, Cause::UNALLOCATED);
}

#[test]
fn an_ordinary_call_does_not_leave_where_it_came_from() {
    let router = Router::new(config(usual())).unwrap();
    let called = number("33199000000");
    assert_eq!(&*router.route(&query(&called, PSTN)).unwrap().exits, [OTHER]);
    let only = vec![Rule::new("", vec![PSTN])];
    let router = Router::new(config(only)).unwrap();
    let refused = router.route(&query(&called, PSTN)).unwrap_err();
    assert_eq!(refused.cause, Cause::EXCHANGE_ROUTING_ERROR);
}

#[test]
fn an_emergency_number_is_translated_by_location_and_told_as_emergency() {
    let router = Router::new(config(usual())).unwrap();
    let called = Number::short("15").unwrap();
    let query = Query { location: Some("59350"), ..query(&called, VOIP) };
    let decision = router.route(&query).unwrap();
    assert_eq!((decision.class, decision.called), (Class::Emergency, number("33199009100")));
    assert!(decision.steps.iter().any(|step| step.contains("59350")), "{:?}", decision.steps);
    let decision = router.route(&Query { location: None, ..query }).unwrap();
    assert_eq!(decision.called, number("33199009400"));
    assert_eq!(&*decision.alternates, [number("33199009401")]);
    assert_eq!(
        router.route_alternate(&number("33199009401"), VOIP).as_deref(),
        Some(&[PSTN, OTHER][..])
    );
    // The long number itself is as urgent, wherever it is dialled.
    let long = number("33199009401");
    assert_eq!(router.route(&self::query(&long, VOIP)).unwrap().class, Class::Emergency);
}

#[test]
fn no_rule_of_the_operator_refuses_an_emergency_call() {
    let mut rules = usual();
    rules.push(Rule::refusing("+3319900940", Cause::CALL_REJECTED).only_from(VOIP));
    let router = Router::new(config(rules)).unwrap();
    let called = Number::short("112").unwrap();
    assert_eq!(&*router.route(&query(&called, VOIP)).unwrap().exits, [PSTN, OTHER]);
    // It may even leave where it came from: better twice than never.
    assert_eq!(&*router.route(&query(&called, PSTN)).unwrap().exits, [PSTN, OTHER]);
}

#[test]
fn a_rule_without_plus_matches_short_numbers_too() {
    let mut rules = usual();
    rules.push(Rule::new("39", vec![OTHER]));
    rules.push(Rule::new("+39", vec![PSTN]));
    let router = Router::new(config(rules)).unwrap();
    let short = Number::short("3900").unwrap();
    assert_eq!(&*router.route(&query(&short, VOIP)).unwrap().exits, [OTHER]);
    let italy = number("390000000");
    assert_eq!(&*router.route(&query(&italy, VOIP)).unwrap().exits, [PSTN]);
}

#[test]
fn no_route_opens_without_an_exit() {
    let refused = |change: fn(&mut Config)| {
        let mut config = config(usual());
        change(&mut config);
        Router::new(config).unwrap_err()
    };
    let error = refused(|config| config.rules.push(Rule::new("1", Vec::new())));
    assert!(matches!(error, ConfigError::NoExit { rule: 3, .. }), "{error}");
    let error = refused(|config| config.rules.push(Rule::new("1", vec![Exit::Sip(7)])));
    assert!(matches!(error, ConfigError::UnknownExit { exit: Exit::Sip(7), .. }), "{error}");
    let error = refused(|config| config.rules.push(Rule::new("1x", vec![PSTN])));
    assert!(matches!(error, ConfigError::Prefix { .. }), "{error}");
    let error = refused(|config| {
        let rule = Rule { refuse: Some(Cause::CALL_REJECTED), ..Rule::new("1", vec![PSTN]) };
        config.rules.push(rule);
    });
    assert!(matches!(error, ConfigError::ExitAndRefusal { .. }), "{error}");
    let error = refused(|config| config.normaliser.country = "FR".to_owned());
    assert!(matches!(error, ConfigError::Country(_)), "{error}");
}

#[test]
fn no_answering_point_is_left_without_a_way() {
    let only_from = vec![Rule::new("+33199", vec![PSTN]).only_from(VOIP)];
    let error = Router::new(config(only_from)).unwrap_err();
    assert!(matches!(error, ConfigError::Unreachable { .. }), "{error}");
    let refusing = vec![Rule::new("", vec![PSTN]), Rule::refusing("+3319900910", Cause(21))];
    let error = Router::new(config(refusing)).unwrap_err();
    assert_eq!(error, ConfigError::Unreachable { number: "+33199009100".to_owned() });
    let plan = Plan::parse(&PLAN.replace("*,112", "75056,112")).unwrap();
    let error = Router::new(Config { plan, ..config(usual()) }).unwrap_err();
    assert_eq!(error, ConfigError::NoLastResort);
}
