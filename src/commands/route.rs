use super::Exit;
use crate::names::Names;
use crate::{cli, conf, out};
use routing::{Exit as Way, Facts, Number, Query, RawNumber, Router};

/// `tocsin route NUMBER`: the way of a call, step by step, without placing it.
pub(crate) fn route(command: &cli::Route) -> Exit {
    let explained = explain(command);
    match explained {
        Ok((steps, exit)) => {
            steps.iter().for_each(out::line);
            exit
        }
        Err(why) => {
            out::complain(why);
            Exit::Wrong
        }
    }
}

fn explain(command: &cli::Route) -> Result<(Vec<String>, Exit), String> {
    let settings = conf::load(&command.conf).map_err(|error| error.to_string())?;
    let names = &settings.names;
    let ingress = ingress(names, command.trunk.as_deref())?;
    let trusted = match ingress {
        Way::Sip(index) => {
            settings.gateway.trunks.get(usize::from(index)).is_some_and(|trunk| trunk.trusted)
        }
        Way::Circuits(_) => true,
    };
    let router = Router::new(settings.gateway.routing).map_err(|error| error.to_string())?;
    let called = number(&router, &command.number)?;
    let calling = command.caller.as_deref().map(|caller| number(&router, caller)).transpose()?;
    let uri = command.number.contains(':').then_some(command.number.as_str());
    let facts = Facts {
        uri,
        called: Some(&called),
        calling: calling.as_ref(),
        trusted,
        ..Facts::default()
    };
    let class = router.classify(&facts);
    let mut steps = vec![format!("{} is {}", command.number, written(&called))];
    let query = Query {
        ingress,
        called: &called,
        class,
        location: command.location.as_deref(),
        explain: true,
    };
    Ok(tell(&router, names, &query, &mut steps)).map(|exit| (steps, exit))
}

fn tell(router: &Router, names: &Names, query: &Query<'_>, steps: &mut Vec<String>) -> Exit {
    match router.route(query) {
        Ok(decision) => {
            steps.extend(decision.steps.iter().map(|step| names.explain(step)));
            let exits: Vec<_> = decision.exits.iter().map(|exit| names.trunk(*exit)).collect();
            let alternates: Vec<_> = decision.alternates.iter().map(Number::to_e164).collect();
            steps.push(format!(
                "call {} over {}, class {}",
                decision.called.to_e164(),
                exits.join(", then "),
                decision.class
            ));
            if !alternates.is_empty() {
                steps.push(format!("if nobody answers there: {}", alternates.join(", then ")));
            }
            Exit::Fine
        }
        Err(no_route) => {
            steps.extend(no_route.steps.iter().map(|step| names.explain(step)));
            let (cause, class) = (no_route.cause, no_route.class);
            steps.push(format!("refused with cause {} ({cause}), class {class}", cause.0));
            Exit::Wrong
        }
    }
}

fn ingress(names: &Names, trunk: Option<&str>) -> Result<Way, String> {
    let Some(trunk) = trunk else {
        return Ok(Way::Sip(0));
    };
    names.find(trunk).ok_or_else(|| {
        let known: Vec<_> = names.trunks.iter().chain(&names.groups).map(String::as_str).collect();
        format!("no trunk `{trunk}`; there are {}", known.join(", "))
    })
}

fn number(router: &Router, text: &str) -> Result<Number, String> {
    let raw = if text.contains(':') {
        RawNumber::from_uri(text).ok_or_else(|| format!("`{text}` names no number"))?
    } else {
        RawNumber::dialled(text)
    };
    router.normaliser().normalise(raw).map_err(|error| format!("`{text}`: {error}"))
}

fn written(number: &Number) -> String {
    format!("{} ({:?})", number.to_e164(), number.kind())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn steps(number: &str, change: impl FnOnce(&mut cli::Route)) -> (String, Exit) {
        let conf = Path::new(env!("CARGO_MANIFEST_DIR")).join(cli::DEMO);
        let (number, trunk, location, caller) = (number.to_owned(), None, None, None);
        let mut command = cli::Route { number, trunk, location, caller, conf };
        change(&mut command);
        let (steps, exit) = explain(&command).unwrap();
        (steps.join("\n"), exit)
    }

    #[test]
    fn an_emergency_call_is_translated_by_its_location() {
        for number in ["112", "urn:service:sos", "tel:112"] {
            let (told, exit) = steps(number, |_| {});
            assert_eq!(exit, Exit::Fine);
            assert!(told.contains("call +33199009400 over exchange, class emergency"), "{told}");
        }
        let (told, _) = steps("15", |command| command.location = Some("59350".to_owned()));
        assert!(told.contains("call +33199009111 over exchange"), "{told}");
        assert!(told.contains("+33199009110, then +33199009100"), "{told}");
    }

    #[test]
    fn subscribers_behind_sip_are_called_from_the_exchange_only() {
        let (told, exit) = steps("0199008001", |_| {});
        assert_eq!(exit, Exit::Wrong);
        assert!(told.contains("refused with cause 1 "), "{told}");
        let from_exchange = |command: &mut cli::Route| command.trunk = Some("exchange".to_owned());
        let (told, exit) = steps("+33199008001", from_exchange);
        assert_eq!(exit, Exit::Fine);
        assert!(told.contains("over voip"), "{told}");
    }
}
