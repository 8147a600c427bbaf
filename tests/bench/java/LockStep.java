import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Compares a topic on two clusters record by record: key, value, headers, timestamp.
 *
 * <p>Each side is polled by a thread of its own into a bounded queue; the main thread walks both in step. Arguments:
 * source bootstrap, target bootstrap, topic, partitions, records of a side.
 */
public final class LockStep {
  /** Polls that wait for the other side: with 5,000 records each about 100,000 records. */
  private static final int AHEAD = 20;

  public static void main(String[] args) throws Exception {
    String topic = args[2];
    int partitions = Integer.parseInt(args[3]);
    long records = Long.parseLong(args[4]);
    BlockingQueue<List<ConsumerRecord<byte[], byte[]>>> source = reader(args[0], topic, partitions, records);
    BlockingQueue<List<ConsumerRecord<byte[], byte[]>>> target = reader(args[1], topic, partitions, records);
    // What one side is ahead of the other, per partition.
    Map<Integer, ArrayDeque<ConsumerRecord<byte[], byte[]>>> ours = queues(partitions);
    Map<Integer, ArrayDeque<ConsumerRecord<byte[], byte[]>>> theirs = queues(partitions);
    long compared = 0;
    long different = 0;
    long taken = 0;
    long takenTarget = 0;
    while (compared < records) {
      if (taken <= takenTarget) {
        for (ConsumerRecord<byte[], byte[]> record : source.take()) {
          taken++;
          ConsumerRecord<byte[], byte[]> twin = theirs.get(record.partition()).poll();
          if (twin == null) {
            ours.get(record.partition()).add(record);
          } else {
            compared++;
            different += equal(record, twin) ? 0 : 1;
          }
        }
      } else {
        for (ConsumerRecord<byte[], byte[]> record : target.take()) {
          takenTarget++;
          ConsumerRecord<byte[], byte[]> twin = ours.get(record.partition()).poll();
          if (twin == null) {
            theirs.get(record.partition()).add(record);
          } else {
            compared++;
            different += equal(twin, record) ? 0 : 1;
          }
        }
      }
    }
    System.out.println(compared + " compared, " + different + " different");
    // The readers are daemons.
    System.exit(different == 0 ? 0 : 1);
  }

  private static boolean equal(ConsumerRecord<byte[], byte[]> a, ConsumerRecord<byte[], byte[]> b) {
    if (a.timestamp() != b.timestamp()
        || !Arrays.equals(a.key(), b.key())
        || !Arrays.equals(a.value(), b.value())) {
      return false;
    }
    Header[] ours = a.headers().toArray();
    Header[] theirs = b.headers().toArray();
    if (ours.length != theirs.length) {
      return false;
    }
    for (int i = 0; i < ours.length; i++) {
      if (!ours[i].key().equals(theirs[i].key()) || !Arrays.equals(ours[i].value(), theirs[i].value())) {
        return false;
      }
    }
    return true;
  }

  private static Map<Integer, ArrayDeque<ConsumerRecord<byte[], byte[]>>> queues(int partitions) {
    Map<Integer, ArrayDeque<ConsumerRecord<byte[], byte[]>>> queues = new HashMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      queues.put(partition, new ArrayDeque<>());
    }
    return queues;
  }

  private static BlockingQueue<List<ConsumerRecord<byte[], byte[]>>> reader(
      String bootstrap, String topic, int partitions, long records) {
    BlockingQueue<List<ConsumerRecord<byte[], byte[]>>> queue = new ArrayBlockingQueue<>(AHEAD);
    Thread thread =
        new Thread(
            () -> {
              Properties settings = new Properties();
              settings.put("bootstrap.servers", bootstrap);
              settings.put("key.deserializer", ByteArrayDeserializer.class.getName());
              settings.put("value.deserializer", ByteArrayDeserializer.class.getName());
              settings.put("enable.auto.commit", "false");
              settings.put("auto.offset.reset", "none");
              settings.put("isolation.level", "read_committed");
              settings.put("check.crcs", "true");
              settings.put("max.poll.records", "5000");
              settings.put("fetch.min.bytes", "65536");
              settings.put("fetch.max.wait.ms", "100");
              settings.put("max.partition.fetch.bytes", Integer.toString(4 << 20));
              settings.put("receive.buffer.bytes", "-1");
              try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
                List<TopicPartition> all =
                    IntStream.range(0, partitions).mapToObj(p -> new TopicPartition(topic, p)).toList();
                consumer.assign(all);
                consumer.seekToBeginning(all);
                long read = 0;
                while (read < records) {
                  var polled = consumer.poll(Duration.ofSeconds(1));
                  for (TopicPartition partition : polled.partitions()) {
                    List<ConsumerRecord<byte[], byte[]>> some = polled.records(partition);
                    read += some.size();
                    queue.put(some);
                  }
                }
              } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
              } catch (RuntimeException failure) {
                failure.printStackTrace();
                System.exit(2);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return queue;
  }
}
