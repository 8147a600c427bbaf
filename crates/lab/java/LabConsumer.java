import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** The consuming half: process, note in the ledger, then commit; never the other way round. */
final class LabConsumer implements LabApp.Half, ConsumerRebalanceListener {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  /** How long a last commit is tried again while its coordinator is away, a broker being restarted. */
  private static final Duration LAST_COMMIT = Duration.ofSeconds(20);
  /** One commit while others follow; what it does not bring through is kept for them. */
  private static final Duration A_COMMIT = Duration.ofSeconds(5);

  private final LabApp app;
  private final String group;
  private KafkaConsumer<byte[], byte[]> consumer;
  /** What was processed and not yet committed. */
  private final Map<TopicPartition, Long> done = new HashMap<>();

  LabConsumer(LabApp app) {
    this.app = app;
    this.group = app.own("group");
  }

  @Override
  public void run() throws Exception {
    double pace = Double.parseDouble(app.own("pace"));
    long every = Long.parseLong(app.own("commit-every-ms")) * 1_000_000L;
    var settings = app.client(
        "group.id", group,
        "enable.auto.commit", "false",
        "auto.offset.reset", app.own("reset"),
        "isolation.level", app.own("isolation"));
    consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.subscribe(app.list("consume"), this);
    long begun = System.nanoTime();
    long committed = begun;
    double processed = 0;
    while (!app.stop.get()) {
      try {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
          // With a pace each record has its time; what was fetched and is not due when it stops was not processed.
          while (pace > 0 && processed >= (System.nanoTime() - begun) / 1e9 * pace && !app.stop.get()) {
            Thread.sleep(2);
            committed = commitIfDue(committed, every);
          }
          if (app.stop.get()) {
            break;
          }
          process(record);
          processed++;
          committed = commitIfDue(committed, every);
        }
      } catch (InterruptException error) {
        throw error;
      } catch (KafkaException error) {
        app.ledger.trouble(error);
        Thread.sleep(100);
      }
      committed = commitIfDue(committed, every);
    }
    app.ledger.flush();
    commit(LAST_COMMIT);
    // Leaves the group at once, so that it is empty when this process has ended.
    consumer.close();
    app.ledger.flush();
  }

  private void process(ConsumerRecord<byte[], byte[]> record) throws Exception {
    app.ledger.processed(id(record), group, record.topic(), record.partition(), record.offset());
    done.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
  }

  private long commitIfDue(long committed, long every) throws Exception {
    if (System.nanoTime() - committed < every) {
      return committed;
    }
    app.ledger.flush();
    commit(Duration.ZERO);
    return System.nanoTime();
  }

  /** What cannot be committed is kept for the next time, or tried again for as long as {@code patience} lasts. */
  private void commit(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    while (!done.isEmpty()) {
      Map<TopicPartition, OffsetAndMetadata> list = new HashMap<>();
      done.forEach((place, offset) -> list.put(place, new OffsetAndMetadata(offset)));
      try {
        consumer.commitSync(list, A_COMMIT);
        list.forEach((place, at) -> app.ledger.committed(group, place.topic(), place.partition(), at.offset()));
        done.clear();
        return;
      } catch (InterruptException error) {
        throw error;
      } catch (KafkaException error) {
        app.ledger.trouble(error);
        // The group has gone on without this member: its commits will never be taken. Or it waits for this one to join.
        boolean never = error instanceof CommitFailedException || error instanceof FencedInstanceIdException
            || error instanceof RebalanceInProgressException;
        if (never || System.nanoTime() > end) {
          return;
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException error) {
      throw new InterruptException(error);
    }
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    app.assigned.set(true);
  }

  /** Partitions about to go to another member: what was processed must be committed before. */
  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    try {
      app.ledger.flush();
      commit(LAST_COMMIT);
    } catch (IOException error) {
      app.ledger.trouble(error);
    }
    // Whatever is left, another member may have gone on from there.
    done.clear();
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    done.clear();
  }

  /** The id in the value's JSON; of any other record a digest of what a copy has in common with it. */
  private static String id(ConsumerRecord<byte[], byte[]> record) throws Exception {
    byte[] value = record.value() == null ? new byte[0] : record.value();
    try {
      JsonNode id = JSON.readTree(value).get("id");
      if (id != null && id.isTextual()) {
        return id.textValue();
      }
    } catch (IOException notJson) {
      // Then it has no id.
    }
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update(ByteBuffer.allocate(12).putInt(record.partition()).putLong(record.timestamp()).array());
    for (byte[] part : new byte[][] {record.key(), record.value()}) {
      digest.update(ByteBuffer.allocate(8).putLong(part == null ? -1 : part.length).array());
      digest.update(part == null ? new byte[0] : part);
    }
    return HexFormat.of().formatHex(digest.digest(), 0, 12);
  }
}
