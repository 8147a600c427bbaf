//! `host:port[,host:port]`.

use super::limits;
use std::fmt;

/// Where one broker listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BrokerAddress {
    /// Host name or IP address; an IPv6 address without its brackets.
    pub host: String,
    /// TCP port, never 0.
    pub port: u16,
}

impl BrokerAddress {
    /// True for addresses that cannot leave this machine by their form alone.
    pub fn is_loopback(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

impl fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Parses a bootstrap list. `PLAINTEXT://host:port` is accepted as Kafka's own tools do.
pub fn parse(list: &str) -> Result<Vec<BrokerAddress>, String> {
    let mut found: Vec<BrokerAddress> = Vec::new();
    for item in list.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        if found.len() >= limits::BOOTSTRAP {
            return Err(format!("more than {} addresses", limits::BOOTSTRAP));
        }
        let address = address(item)?;
        if !found.contains(&address) {
            found.push(address);
        }
    }
    if found.is_empty() {
        return Err("no address; expected host:port[,host:port]".to_owned());
    }
    Ok(found)
}

fn address(item: &str) -> Result<BrokerAddress, String> {
    let bare = item.split_once("://").map_or(item, |(_, bare)| bare);
    let shown: String = bare.chars().take(80).collect();
    if bare.contains('@') {
        return Err("an address holds a `@`: user and password do not belong into bootstrap.servers, \
                    use sasl.jaas.config (address not shown)"
            .to_owned());
    }
    let (host, port) = match bare.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']').ok_or_else(|| format!("`{shown}` lacks a `]`"))?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| format!("`{shown}` is no IPv6 address"))?;
            (host, after.strip_prefix(':').ok_or_else(|| format!("`{shown}` has no port"))?)
        }
        None => bare.rsplit_once(':').ok_or_else(|| format!("`{shown}` has no port; expected host:port"))?,
    };
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if host.is_empty() || host.len() > 253 || !host.chars().all(named) {
        return Err(format!("`{}` is no host name", host.chars().take(80).collect::<String>()));
    }
    if host.contains(':') && !bare.starts_with('[') {
        return Err(format!("`{shown}` is no host:port; an IPv6 address needs brackets: [::1]:9092"));
    }
    match port.parse::<u16>() {
        Ok(port) if port > 0 => Ok(BrokerAddress { host: host.to_owned(), port }),
        _ => Err(format!("`{shown}` has no port between 1 and 65535")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted() {
        let shown =
            |list: &str| parse(list).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        assert_eq!(shown("localhost:9092"), "localhost:9092");
        assert_eq!(shown(" a.b-c_d:1 ,, b:65535 , a.b-c_d:1"), "a.b-c_d:1,b:65535");
        assert_eq!(shown("SASL_SSL://broker:9093"), "broker:9093");
        assert_eq!(shown("[::1]:9092"), "[::1]:9092");
    }

    #[test]
    fn refused() {
        for list in [
            "",
            ",",
            "host",
            "host:",
            "host:0",
            "host:65536",
            "host:-1",
            ":9092",
            "h st:1",
            "::1:9092",
            "[::1]",
            "[x]:1",
            "[::1:1",
            "a/b:1",
        ] {
            assert!(parse(list).is_err(), "{list:?}");
        }
        assert!(!parse("user:hunter2@host:9092").unwrap_err().contains("hunter2"));
        let many = (1..=300).map(|n| format!("h{n}:1")).collect::<Vec<_>>().join(",");
        assert!(parse(&many).is_err());
    }

    #[test]
    fn loopback() {
        let is = |list: &str| parse(list).unwrap()[0].is_loopback();
        assert!(is("localhost:1") && is("127.9.9.9:1") && is("[::1]:1"));
        assert!(!is("broker:1") && !is("10.0.0.1:1"));
    }
}
