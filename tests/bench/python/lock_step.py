"""Compares a topic on two clusters record by record with confluent-kafka: key, value, headers, timestamp.

Arguments: source bootstrap, target bootstrap, topic, partitions, records of a side.
"""

import sys
from collections import deque

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition


def reader(bootstrap, topic, partitions):
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "bench",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "auto.offset.reset": "error",
            "check.crcs": True,
            "fetch.queue.backoff.ms": 5,
            "queued.min.messages": 50000,
        }
    )
    consumer.assign([TopicPartition(topic, n, OFFSET_BEGINNING) for n in range(partitions)])
    return consumer


def main():
    source_bootstrap, target_bootstrap, topic, partitions, records = sys.argv[1:]
    partitions, records = int(partitions), int(records)
    sides = [reader(bootstrap, topic, partitions) for bootstrap in (source_bootstrap, target_bootstrap)]
    ahead = [[deque() for _ in range(partitions)] for _ in sides]
    taken, compared, different = [0, 0], 0, 0
    while compared < records:
        side = 0 if taken[0] <= taken[1] else 1
        own, other = ahead[side], ahead[1 - side]
        for message in sides[side].consume(5000, 10):
            if message.error():
                raise SystemExit(str(message.error()))
            taken[side] += 1
            image = (message.key(), message.value(), message.headers(), message.timestamp()[1])
            waiting = other[message.partition()]
            if waiting:
                compared += 1
                different += image != waiting.popleft()
            else:
                own[message.partition()].append(image)
    print(f"{compared} compared, {different} different")
    raise SystemExit(1 if different else 0)


main()
