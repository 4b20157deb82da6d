use sip_parser::{Message, Method};

/// RFC 3261 §8.1.1.7: a branch that starts so is unique by itself.
pub(crate) const MAGIC: &str = "z9hG4bK";

/// What tells a copy of a request from another request (§17.2.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ServerKey {
    branch: String,
    sent_by: String,
    method: String,
    /// The branch alone should do. Some telephones have one for all their calls, and the second of
    /// them is no copy of the first.
    call_id: String,
}

impl ServerKey {
    /// The key of the transaction that a request makes or belongs to; the ACK's is the INVITE's.
    pub(crate) fn of(request: &Message) -> Self {
        let method = match request.method() {
            Method::Ack => Method::Invite.as_str(),
            Method::Other => request.cseq().method,
            other => other.as_str(),
        };
        Self::with_method(request, method)
    }

    /// The key of the INVITE that a CANCEL means (§9.2).
    pub(crate) fn of_cancelled(cancel: &Message) -> Self {
        Self::with_method(cancel, Method::Invite.as_str())
    }

    /// The least key with this branch.
    pub(crate) fn first(branch: &str) -> Self {
        let (sent_by, method, call_id) = Default::default();
        Self { branch: branch.to_owned(), sent_by, method, call_id }
    }

    /// Whether a CANCEL of this key means the request of that one.
    pub(crate) fn is_cancelled_by(&self, cancel: &Self) -> bool {
        (&self.branch, &self.sent_by, &self.call_id)
            == (&cancel.branch, &cancel.sent_by, &cancel.call_id)
            && self.method != cancel.method
    }

    pub(crate) fn branch(&self) -> &str {
        &self.branch
    }

    fn with_method(request: &Message, method: &str) -> Self {
        let via = request.top_via();
        let port = via.port.unwrap_or(0);
        let sent_by = format!("{}:{port}", via.host.to_ascii_lowercase());
        let branch = match via.branch {
            Some(branch) if branch.len() > MAGIC.len() && is_magic(branch) => branch.to_owned(),
            // §17.2.3, a client of RFC 2543: what identifies the request is spread over it. The To
            // tag is left out, for the ACK has one that the INVITE has not.
            other => format!(
                "{} {} {} {} {}",
                other.unwrap_or_default(),
                request.call_id(),
                request.cseq().number,
                request.from().tag().unwrap_or_default(),
                request.uri().unwrap_or_default()
            ),
        };
        let call_id = request.call_id().to_owned();
        Self { branch, sent_by, method: method.to_owned(), call_id }
    }
}

fn is_magic(branch: &str) -> bool {
    branch.get(..MAGIC.len()).is_some_and(|start| start.eq_ignore_ascii_case(MAGIC))
}

/// What tells that an INVITE reached us twice by different ways (§8.2.2.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MergeKey {
    call_id: String,
    from_tag: String,
    cseq: u32,
}

impl MergeKey {
    /// The key of an INVITE outside a dialog. Whatever else there comes twice may be answered
    /// twice.
    pub(crate) fn of(request: &Message) -> Option<Self> {
        (request.method() == Method::Invite && request.to().tag().is_none()).then(|| Self {
            call_id: request.call_id().to_owned(),
            from_tag: request.from().tag().unwrap_or_default().to_owned(),
            cseq: request.cseq().number,
        })
    }
}
