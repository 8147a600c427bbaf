//! Setting single configurations of a topic. Only ever IncrementalAlterConfigs: the older AlterConfigs resets whatever it
//! does not name.

use super::Cluster;
use super::denial::Denial;
use crate::code::Code;
use crate::error::ClusterError;
use crate::patience::Patience;
use kafka_protocol::messages::IncrementalAlterConfigsRequest;
use kafka_protocol::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use kafka_protocol::protocol::StrBytes;
use std::collections::BTreeMap;

const TOPIC: i8 = 2;
const SET: i8 = 0;
const DELETE: i8 = 1;

impl Cluster {
    /// Sets configurations on a topic, all of them or none; `None` takes the topic's own value away, so that the broker's
    /// default holds again. Needs Kafka 2.3.
    ///
    /// # Errors
    /// Where the error says `sent`, it is unknown whether they were set: look.
    pub fn alter_topic_configs(
        &self,
        topic: &str,
        settings: &BTreeMap<String, Option<String>>,
        patience: &Patience,
    ) -> Result<Result<(), Denial>, ClusterError> {
        let doing = format!("setting {} configurations of topic {topic}", settings.len());
        let text = |text: &str| StrBytes::from_string(text.to_owned());
        let configs = settings.iter().map(|(name, value)| {
            AlterableConfig::default()
                .with_name(text(name))
                .with_config_operation(if value.is_some() { SET } else { DELETE })
                .with_value(value.as_deref().map(text))
        });
        let resource = AlterConfigsResource::default()
            .with_resource_type(TOPIC)
            .with_resource_name(text(topic))
            .with_configs(configs.collect());
        let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
        let mut begun = false;
        let mut pause = super::FIRST_PAUSE;
        loop {
            let answer = self.change(&doing, patience, &request).map_err(|error| {
                let sent = begun || error.sent;
                error.sent(sent)
            })?;
            begun = true;
            let told = answer.responses.iter().find(|told| &*told.resource_name == topic);
            let told = told.map_or(Err(Code(-1).into()), |told| {
                Denial::check(told.error_code, told.error_message.as_ref())
            });
            let passes = told.as_ref().is_err_and(|denial| denial.code.is_passing());
            if !passes || patience.remaining() < pause || patience.is_stopped() {
                return Ok(told);
            }
            patience.pause(pause);
            pause = (pause * 2).min(super::LONGEST_PAUSE);
        }
    }
}
