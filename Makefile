# make demo   the whole story on this machine: a switch rehearsed there and back, carried out, signed, verified
# make test   everything that must hold, at most 20 minutes on two cores
# make soak   seeds, other versions, long campaigns
# make bench  every time and ratio
.PHONY: setup build demo test soak bench lint generate

setup:
	@scripts/setup

build: setup
	cargo build --locked

demo: build
	@scripts/demo

test: setup
	@scripts/test

soak: setup
	@scripts/soak

bench: setup
	@scripts/bench

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

generate:
	cargo run -q --locked -p xtask -- generate
