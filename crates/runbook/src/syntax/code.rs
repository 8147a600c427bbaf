use super::DiagnosticSeverity;

include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The page of a code (`CUT0101`), as Markdown: what it means, why it matters, a wrong and a right example.
///
/// Codes of checks' findings have pages as well.
pub fn explain(code: &str) -> Option<&'static str> {
    let code = code.to_ascii_uppercase();
    PAGES.iter().find(|(id, _)| *id == code).map(|(_, page)| *page)
}

macro_rules! codes {
    ($($name:ident = $id:literal $severity:ident $title:literal;)*) => {
        /// What a diagnostic is about. The number is for people and machines and never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $title] $name,)* }

        /// Every code, in the order of their numbers.
        pub static CODES: &[Code] = &[$(Code::$name,)*];

        impl Code {
            /// `CUT0101`
            pub fn id(self) -> &'static str {
                match self { $(Code::$name => $id,)* }
            }

            pub fn severity(self) -> DiagnosticSeverity {
                match self { $(Code::$name => DiagnosticSeverity::$severity,)* }
            }

            /// One line.
            pub fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)* }
            }
        }
    };
}

codes! {
    FileMissing = "CUT0001" Error "a named file does not exist";
    FileTooLarge = "CUT0002" Error "the file is too large";
    TooManyNodes = "CUT0003" Error "the file has too many values";
    TooDeep = "CUT0004" Error "lists and tables are nested too deeply";
    NotUtf8 = "CUT0005" Error "the file is not UTF-8 text";
    HiddenCharacters = "CUT0006" Error "invisible or direction-changing characters";
    FileUnreadable = "CUT0007" Error "a named file cannot be read";
    NotYaml = "CUT0100" Error "not YAML";
    UnknownKey = "CUT0101" Error "unknown key";
    DuplicateKey = "CUT0102" Error "the same key twice";
    WrongType = "CUT0103" Error "a value of the wrong type";
    MissingKey = "CUT0104" Error "a required key is missing";
    BadValue = "CUT0105" Error "a value that does not have the right form";
    AnchorRefused = "CUT0106" Error "anchors and aliases are not part of the language";
    TagRefused = "CUT0107" Error "tags are not part of the language";
    MergeKeyRefused = "CUT0108" Error "merge keys are not part of the language";
    KeyNotText = "CUT0109" Error "a key that is not plain text";
    SeveralDocuments = "CUT0110" Error "more than one document in a file";
    WrongDocument = "CUT0111" Error "not a document of this language";
    NoOffset = "CUT0112" Error "a timestamp without offset";
    NoUnit = "CUT0113" Error "a duration, size or rate without unit";
    UnknownWord = "CUT0114" Error "an unknown word where only certain words are allowed";
    NothingGiven = "CUT0115" Error "a key without value";
    BadName = "CUT0116" Error "a name with characters that names may not have";
    BadNumber = "CUT0117" Error "a number that cannot be held";
    BadTemplate = "CUT0118" Error "a template that cannot be filled in";
    OneOf = "CUT0119" Error "exactly one of several keys is needed";
    OutOfBounds = "CUT0120" Error "a parameter outside its bounds";
    ShapeFile = "CUT0121" Note "a shape, which slices name";
    UnknownStep = "CUT0201" Error "a step that does not exist";
    UnknownCheck = "CUT0202" Error "a check that does not exist";
    UnknownRole = "CUT0203" Error "a role that does not exist";
    UnknownPerson = "CUT0204" Error "a person who does not exist";
    UnknownUnit = "CUT0205" Error "a unit that does not exist";
    UnknownGroup = "CUT0206" Error "a consumer group that is not in the unit";
    UnknownTopic = "CUT0207" Error "a topic that is not in the unit";
    UnknownProducer = "CUT0208" Error "a producer or principal that is not in the unit";
    UnknownPlan = "CUT0209" Error "a rollback plan that does not exist";
    UnknownEnvironment = "CUT0210" Error "an environment that does not exist";
    UnknownParameter = "CUT0211" Error "a parameter that does not exist";
    UnknownSecret = "CUT0212" Error "a secret that is not declared";
    UnknownCheckKind = "CUT0213" Error "a kind of check that does not exist";
    UnknownStepKind = "CUT0214" Error "a kind of step that does not exist";
    UnknownTrigger = "CUT0215" Error "a trigger that does not exist";
    UnknownEndpoint = "CUT0216" Error "an endpoint that does not exist";
    UnknownFact = "CUT0217" Error "a fact that does not exist";
    UnknownProbe = "CUT0218" Error "a probe that does not exist";
    NameTwice = "CUT0219" Error "two things of the same name";
    EnvironmentReserved = "CUT0220" Error "the environment `lab` is reserved";
    UnknownWatch = "CUT0221" Error "something that cannot be watched";
    UnitWithoutOwner = "CUT0301" Error "a unit without owner";
    GroupInTwoUnits = "CUT0302" Error "a group in two units";
    FencedNeverStarted = "CUT0304" Error "producers that are stopped or fenced and never started";
    NoSessionTimeout = "CUT0305" Note "a group without session_timeout";
    StaysAndMoves = "CUT0306" Error "a group that moves and stays behind";
    SameCluster = "CUT0307" Error "source and target are the same cluster";
    NothingMoves = "CUT0308" Error "a unit without topics";
    StopTooShort = "CUT0309" Warning "a stop no longer than the session timeout";
    ToleranceNotJudged = "CUT0310" Warning "a tolerance that is not judged yet";
    NamesChange = "CUT0311" Error "topics that change their names";
    BornSpan = "CUT0312" Error "a span of target-born records that cannot be";
    BadExpression = "CUT0401" Error "an expression that does not parse";
    WrongResult = "CUT0402" Error "an expression that gives the wrong kind of value";
    WrongOperands = "CUT0403" Error "an expression that compares what cannot be compared";
    BareNumber = "CUT0404" Warning "a bare number beside a duration or size";
    NeedsPlace = "CUT0405" Error "a check that does not say where it counts";
    HasPlace = "CUT0406" Error "a check that says where it counts, and may not";
    KindNotBuilt = "CUT0407" Note "a kind of check that is not in this version";
    YellowWithoutGreen = "CUT0408" Error "yellow without green";
    CoversNothing = "CUT0409" Error "a signal that does not say what it covers";
    ProofElsewhere = "CUT0410" Error "a proof of another dimension";
    BadFactType = "CUT0411" Error "a fact without a known type";
    OneNeeded = "CUT0412" Error "a check of several items, where one is needed";
    Cycle = "CUT0501" Error "steps that wait for each other";
    ContinueOnlyWaits = "CUT0502" Error "`continue` on a step that is not a wait";
    EffectUnsaid = "CUT0503" Error "a command that does not say what it does to the world";
    WhyMissing = "CUT0504" Error "a step that cannot be undone, without a reason";
    NoUndo = "CUT0505" Error "a step that changes the world and has no undo";
    KeyOfOtherKind = "CUT0506" Error "a key that this kind of step does not have";
    KeyOfKindMissing = "CUT0507" Error "a key that this kind of step needs";
    StepKindNotBuilt = "CUT0508" Note "a kind of step that is not in this version";
    FenceNeedsRefusal = "CUT0509" Error "a fence by ACL alone, and producers of which nothing is known";
    FenceCapsYellow = "CUT0510" Note "a fence by ACL alone";
    ManualWithoutOwner = "CUT0511" Error "a manual step without owner";
    OnceInRollback = "CUT0512" Error "a step that may run once, in a rollback plan";
    OverBudget = "CUT0513" Warning "timeouts longer than a budget";
    WayNeedsPlan = "CUT0515" Error "a way out that cannot be taken here";
    ConfigSync = "CUT0516" Note "a setting the replicator may put back";
    SideMissing = "CUT0517" Error "a step that does not say on which side";
    NotDrained = "CUT0518" Warning "a fence, and nothing that waits for the copy";
    FlowNotStopped = "CUT0519" Error "positions are landed, and nothing stops the replicator";
    ProducersNotStopped = "CUT0520" Warning "a fence that stops nobody, and nothing that stops the producers";
    CommitPointMissing = "CUT0601" Error "no gate before the first start on the target";
    CommitPointElsewhere = "CUT0602" Error "a commit point at the wrong gate";
    CommitPointPlan = "CUT0603" Error "a commit point without a plan back";
    CommitPointAnchor = "CUT0604" Error "a commit point that does not look at the rollback anchor";
    HoldWithoutLive = "CUT0605" Error "a gate that holds nothing live";
    YellowNeedsGuard = "CUT0606" Error "a gate that lets yellow pass without guard";
    NotOneWay = "CUT0607" Error "a gate that requires nothing";
    LevelTooLow = "CUT0608" Error "a gate that lets red or unknown pass";
    PollIncomplete = "CUT0609" Error "a poll that leaves out a role the site wants asked";
    NeedTooMany = "CUT0610" Error "a poll that needs more voices than it asks";
    RollbackAfterCommit = "CUT0701" Error "a budget that rolls back after the commit point";
    TriggersNeedWhy = "CUT0702" Error "no triggers, without a reason";
    NoMeasuredTrigger = "CUT0703" Error "no trigger that measures";
    NobodyMayCall = "CUT0704" Error "nobody may call the rollback";
    NoRollback = "CUT0705" Error "effects without a way back";
    TriggerUnclear = "CUT0706" Error "a trigger that is not told whole";
    BudgetBackwards = "CUT0707" Error "a budget that ends before it begins";
    WindowTooShort = "CUT0708" Error "a window too short for the plan";
    NeedsTarget = "CUT0709" Note "a rollback plan that needs the target";
    AutoNeedsProof = "CUT0710" Error "an automatic rollback without proof";
    NoTriggers = "CUT0711" Warning "no triggers";
    LiteralSecret = "CUT0801" Error "a secret written out";
    WaiverRefused = "CUT0802" Error "a waiver of what cannot be waived";
    WaiverBySame = "CUT0803" Error "a waiver approved by the person who asked for it";
    WaiverTooLong = "CUT0804" Error "a waiver that holds too long";
    NoRehearsal = "CUT0805" Note "no rehearsal";
    SyntheticWorkload = "CUT0806" Note "a rehearsal with a synthetic workload";
    FreezeTooLate = "CUT0807" Error "a freeze that begins after the window";
    RoleWithoutPeople = "CUT0808" Error "a role without people";
    BackupIsSame = "CUT0809" Warning "a backup who is the person backed up";
    UnsignedDimension = "CUT0810" Note "a dimension nobody accepts";
    RehearsedWhereItCounts = "CUT0811" Error "a rehearsal where it counts";
    OnePoint = "CUT0812" Warning "a rehearsal from fewer than two points";
    StepNeeded = "CUT0901" Error "a step of a shape that others need is left out";
    NotPlannable = "CUT0902" Error "a document that has no plan";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        let ids: Vec<&str> = CODES.iter().map(|code| code.id()).collect();
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(ids, sorted);
    }
}
