use crate::world::{
    AclsSeen, BornSeen, ConnectorsSeen, DrainedSeen, EndsSeen, GroupsSeen, Observations, PositionsSeen,
    Probe, RestSeen, TopicsSeen, TwinsSeen,
};

/// What was seen, as an action may use it: whole answers only. A part of the truth is no ground to act on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight<'a>(pub(super) &'a Observations);

/// One method per shape: the whole answer, or a sentence that says why there is none.
macro_rules! whole {
    ($($method:ident -> $shape:ident,)*) => {
        impl<'a> Sight<'a> {
            $(pub(super) fn $method(self, probe: &Probe) -> Result<&'a $shape, String> {
                self.whole(probe)?;
                self.0.$method(probe)
            })*
        }
    };
}

whole! {
    acls -> AclsSeen,
    born -> BornSeen,
    connectors -> ConnectorsSeen,
    drained -> DrainedSeen,
    ends -> EndsSeen,
    groups -> GroupsSeen,
    positions -> PositionsSeen,
    rest -> RestSeen,
    topics -> TopicsSeen,
    twins -> TwinsSeen,
}

impl Sight<'_> {
    fn whole(self, probe: &Probe) -> Result<(), String> {
        match &self.0.of(probe)?.partial {
            Some(part) => Err(format!("{}: only a part was measured: {part}", probe.title())),
            None => Ok(()),
        }
    }
}
