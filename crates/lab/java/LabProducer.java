import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.StringSerializer;

/** The producing half: steady writes until it is told to stop, then a flush. */
final class LabProducer implements LabApp.Half {
  private static final Duration LAST_FLUSH = Duration.ofSeconds(30);

  private final LabApp app;
  /** What no producer goes on after; an application makes itself another one. */
  private volatile KafkaException fatal;

  LabProducer(LabApp app) {
    this.app = app;
  }

  @Override
  public void run() throws Exception {
    List<String> topics = app.list("produce");
    double rate = Double.parseDouble(app.own("rate"));
    KafkaProducer<String, String> producer = connect();
    long begun = System.nanoTime();
    long sent = 0;
    try {
      while (!app.stop.get()) {
        long due = (long) ((System.nanoTime() - begun) / 1e9 * rate);
        while (sent < due && !app.stop.get() && fatal == null) {
          send(producer, topics.get((int) (sent % topics.size())), sent);
          sent++;
        }
        Thread.sleep(20);
        app.ledger.flush();
        if (fatal != null) {
          app.ledger.trouble(fatal);
          producer.close(Duration.ZERO);
          Thread.sleep(500);
          fatal = null;
          producer = connect();
        }
      }
    } finally {
      // Waits for what is under way; what is given up then was refused in the ledger before this returns.
      producer.close(LAST_FLUSH);
      app.ledger.flush();
    }
  }

  private KafkaProducer<String, String> connect() {
    return new KafkaProducer<>(
        app.client("enable.idempotence", "true", "acks", "all", "linger.ms", "5", "max.block.ms", "5000"),
        new StringSerializer(),
        new StringSerializer());
  }

  private void send(KafkaProducer<String, String> producer, String topic, long n) {
    String id = String.format("%s-%s-%07d", app.own("name"), app.own("run"), n);
    long keys = Long.parseLong(app.own("keys"));
    String key = keys > 0 ? "key-" + n % keys : null;
    String head = "{\"id\":\"" + id + "\",\"n\":" + n + ",\"amount\":" + n % 1000 + ",\"pad\":\"";
    int pad = Math.max(0, Integer.parseInt(app.own("size")) - 2 - head.length());
    String value = head + ".".repeat(pad) + "\"}";
    try {
      producer.send(new ProducerRecord<>(topic, key, value), (place, error) -> {
        if (error == null) {
          app.ledger.produced(id, place.topic(), place.partition(), place.offset());
          app.acknowledged.incrementAndGet();
        } else {
          app.ledger.refused(id, topic, error);
        }
      });
    } catch (InterruptException error) {
      throw error;
    } catch (KafkaException error) {
      // Answers of the cluster come to the callback; what is thrown says that this producer takes nothing any more.
      app.ledger.refused(id, topic, error);
      fatal = error;
    }
  }
}
