use super::{Area, Date, Entry, Insee, Plan};
use crate::{Normaliser, Number, NumberKind};
use std::sync::Arc;

/// What is wrong with a plan file, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {what}; {remedy}")]
pub struct PlanError {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

const COLUMNS: [&str; 7] =
    ["insee", "number", "service", "long_number", "alternates", "valid_from", "valid_to"];

/// The last row that a plan may have: thirty-six thousand communes times twelve numbers, doubled.
const MAX_ROWS: usize = 1_000_000;

/// More alternates than any answering point has.
const MAX_ALTERNATES: usize = 16;

/// Reads the whole file or refuses it.
pub(super) fn parse(
    text: &str,
    normaliser: &Normaliser,
    today: Option<Date>,
) -> Result<Plan, PlanError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let header = lines.next().map_or("", |(_, line)| line);
    if !header.trim_end().split(',').map(str::trim).eq(COLUMNS) {
        return Err(PlanError {
            line: 1,
            column: 1,
            what: "this is not the header of an emergency plan".to_owned(),
            remedy: format!("begin the file with `{}`", COLUMNS.join(",")),
        });
    }
    let mut plan = Plan::default();
    for (line, row) in lines.filter(|(_, row)| !row.trim().is_empty()) {
        let fields = Fields::split(line, row)?;
        if plan.len() >= MAX_ROWS {
            let remedy = format!("keep at most {MAX_ROWS} rows");
            return Err(fields.wrong(0, "the plan is too long".to_owned(), &remedy));
        }
        read_row(&mut plan, &fields, normaliser, today)?;
    }
    Ok(plan)
}

fn read_row(
    plan: &mut Plan,
    fields: &Fields<'_>,
    normaliser: &Normaliser,
    today: Option<Date>,
) -> Result<(), PlanError> {
    let area = fields.area()?;
    let number = fields.number()?;
    let entry = fields.entry(normaliser)?;
    let (from, to) = fields.validity()?;
    let in_force = today.is_none_or(|today| {
        from.is_none_or(|from| from <= today) && to.is_none_or(|to| today <= to)
    });
    if !in_force {
        plan.not_in_force += 1;
        return Ok(());
    }
    if !plan.add(area, number, entry) {
        let what = format!("a second row for {area} and {}", number.digits());
        return Err(fields.wrong(0, what, "keep one of them, or part them by their dates"));
    }
    Ok(())
}

/// The fields of one row with their columns.
struct Fields<'a> {
    line: usize,
    fields: [(usize, &'a str); COLUMNS.len()],
}

impl<'a> Fields<'a> {
    fn split(line: usize, row: &'a str) -> Result<Self, PlanError> {
        let mut fields = [(1, ""); COLUMNS.len()];
        let (mut column, mut count) = (1, 0);
        for text in row.split(',') {
            if let Some(field) = fields.get_mut(count) {
                let before = text.chars().take_while(|c| c.is_whitespace()).count();
                *field = (column + before, text.trim());
            }
            column += text.chars().count() + 1;
            count += 1;
        }
        let fields = Self { line, fields };
        if count != COLUMNS.len() {
            let what = format!("{count} fields where {} are expected", COLUMNS.len());
            let remedy = format!("write `{}`, empty fields included", COLUMNS.join(","));
            return Err(fields.wrong(0, what, &remedy));
        }
        Ok(fields)
    }

    fn text(&self, index: usize) -> &'a str {
        self.fields.get(index).map_or("", |(_, text)| text)
    }

    fn wrong(&self, index: usize, what: String, remedy: &str) -> PlanError {
        let column = self.fields.get(index).map_or(1, |(column, _)| *column);
        PlanError { line: self.line, column, what, remedy: remedy.to_owned() }
    }

    fn area(&self) -> Result<Area, PlanError> {
        let text = self.text(0);
        let area = if text == "*" {
            Some(Area::Everywhere)
        } else if let Some(code) = text.strip_prefix("departement:") {
            Area::departement(&code.to_ascii_uppercase())
        } else {
            Insee::parse(text).map(Area::Commune)
        };
        area.ok_or_else(|| {
            let remedy = "write a 5-character INSEE code, `departement:NN`, or `*`";
            self.wrong(0, format!("`{text}` is no area"), remedy)
        })
    }

    fn number(&self) -> Result<Number, PlanError> {
        let text = self.text(1);
        let number = Number::short(text).ok().filter(|number| number.digits().len() <= 6);
        number.ok_or_else(|| {
            let what = format!("`{text}` is no emergency number");
            self.wrong(1, what, "write 1 to 6 digits, for example 112")
        })
    }

    fn entry(&self, normaliser: &Normaliser) -> Result<Entry, PlanError> {
        let service = self.text(2);
        if service.is_empty() {
            return Err(self.wrong(2, "the service has no name".to_owned(), "name it: samu, fire"));
        }
        let long_number = self.long_number(3, self.text(3), normaliser)?;
        let alternates = self.text(4);
        let list: Arc<[Number]> = alternates
            .split('|')
            .filter(|_| !alternates.is_empty())
            .map(|text| self.long_number(4, text.trim(), normaliser))
            .collect::<Result<_, _>>()?;
        if list.len() > MAX_ALTERNATES {
            let remedy = format!("keep at most {MAX_ALTERNATES}");
            return Err(self.wrong(4, format!("{} alternates", list.len()), &remedy));
        }
        Ok(Entry { service: service.into(), long_number, alternates: list })
    }

    fn long_number(
        &self,
        index: usize,
        text: &str,
        normaliser: &Normaliser,
    ) -> Result<Number, PlanError> {
        let number = Plan::normalise(normaliser, text).ok();
        number.filter(|number| number.kind() == NumberKind::International).ok_or_else(|| {
            let what = format!("`{text}` is no long number");
            self.wrong(index, what, "write it like +33199009400 or 0199009400")
        })
    }

    fn validity(&self) -> Result<(Option<Date>, Option<Date>), PlanError> {
        let date = |index: usize| match self.text(index) {
            "" => Ok(None),
            text => Date::parse(text).map(Some).ok_or_else(|| {
                self.wrong(index, format!("`{text}` is no date"), "write it like 2025-01-31")
            }),
        };
        let (from, to) = (date(5)?, date(6)?);
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            let what = "the row ends before it begins".to_owned();
            return Err(self.wrong(6, what, "swap valid_from and valid_to"));
        }
        Ok((from, to))
    }
}
