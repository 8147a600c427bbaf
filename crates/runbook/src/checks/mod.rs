//! The kinds of checks. One kind, one file; the list below is the registry, sorted and tested against the folder.
//!
//! Parser, schema, manual page and the generic tests follow from it.

mod acl_parity;
mod api_needs;
mod api_support;
mod assembled;
mod client_probe;
mod cluster_health;
mod compacted_parity;
mod content_parity;
mod declared_facts;
mod drained;
mod durability;
mod exec;
mod external_position;
mod group_drained;
mod group_lag;
mod group_progress;
mod group_resume;
mod http;
mod kind;
mod lag_envelope;
mod manual;
mod offset_boundary;
mod position_provable;
mod rehearsal_covered;
mod replication_health;
mod review;
pub(crate) mod rollback_anchor;
mod secret_or_text;
mod single_activity;
mod stays_behind;
mod topic_shape;
mod triggers_ready;

pub use assembled::{Assembled, assemble};
pub use kind::{Declared, Kind, named_only};
pub use manual::{manual_index, manual_page};

use serde::Deserializer;

use crate::check::Check;
use crate::verdict::{Dimension, Proof};

/// The registry line of a built kind is `"name" => module::Type`; of one that is only named in this version,
/// `"name": dimension, proof`.
macro_rules! kinds {
    (built { $($name:literal => $module:ident :: $type:ident,)* } named { $($later:literal : $dimension:expr, $proof:expr;)* }) => {
        /// Every kind, sorted by name within built and named.
        pub static KINDS: &[Kind] = &[
            $(Kind::built::<$module::$type>($name, include_str!(concat!(stringify!($module), ".rs"))),)*
            $(named_only($later, $dimension, $proof),)*
        ];

        /// Reads the parameters (`with:`) of a built kind. `None`: no such kind, or one that is not built yet.
        pub fn build<'de, D: Deserializer<'de>>(name: &str, with: D) -> Option<Result<Box<dyn Check>, D::Error>> {
            match name {
                $($name => Some(<$module::$type as serde::Deserialize>::deserialize(with).map(|kind| Box::new(kind) as Box<dyn Check>)),)*
                _ => None,
            }
        }
    };
}

kinds! {
    built {
        "acl-parity" => acl_parity::AclParity,
        "api-support" => api_support::ApiSupport,
        "client-probe" => client_probe::ClientProbe,
        "cluster-health" => cluster_health::ClusterHealth,
        "compacted-parity" => compacted_parity::CompactedParity,
        "content-parity" => content_parity::ContentParity,
        "drained" => drained::Drained,
        "durability" => durability::Durability,
        "exec" => exec::Exec,
        "external-position" => external_position::ExternalPosition,
        "group-drained" => group_drained::GroupDrained,
        "group-lag" => group_lag::GroupLag,
        "group-progress" => group_progress::GroupProgress,
        "group-resume" => group_resume::GroupResume,
        "http" => http::Http,
        "lag-envelope" => lag_envelope::LagEnvelope,
        "offset-boundary" => offset_boundary::OffsetBoundary,
        "position-provable" => position_provable::PositionProvable,
        "rehearsal-covered" => rehearsal_covered::RehearsalCovered,
        "replication-health" => replication_health::ReplicationHealth,
        "review" => review::Review,
        "rollback-anchor" => rollback_anchor::RollbackAnchor,
        "single-activity" => single_activity::SingleActivity,
        "stays-behind" => stays_behind::StaysBehind,
        "topic-shape" => topic_shape::TopicShape,
        "triggers-ready" => triggers_ready::TriggersReady,
    }
    named {
        "access-as": Some(Dimension::Governance), Some(Proof::Access);
        "alarm-drill": Some(Dimension::Operations), Some(Proof::Signal);
        "connector-parity": Some(Dimension::PlatformCompatibility), Some(Proof::Api);
        "credential-parity": Some(Dimension::Governance), Some(Proof::Diff);
        "datadog": None, None;
        "freeze-drift": Some(Dimension::Governance), Some(Proof::Diff);
        "limits-parity": Some(Dimension::PlatformCompatibility), Some(Proof::Api);
        "promql": None, None;
        "quota-parity": Some(Dimension::Governance), Some(Proof::Diff);
        "real-clients": Some(Dimension::PlatformCompatibility), Some(Proof::RealClient);
        "replicator-config": Some(Dimension::Operations), Some(Proof::Signal);
        "schema-parity": Some(Dimension::PlatformCompatibility), Some(Proof::Api);
        "streams-state": Some(Dimension::OffsetParity), Some(Proof::Content);
    }
}

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}
