import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.connect.mirror.RemoteClusterUtils;

/**
 * What MirrorMaker 2's own library says where groups continue. Arguments: target bootstrap, alias of the source, a file
 * with one group a line. Prints {@code group topic partition offset} lines.
 */
public final class Translate {
  public static void main(String[] args) throws Exception {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", args[0]);
    settings.put("replication.policy.class", "org.apache.kafka.connect.mirror.IdentityReplicationPolicy");
    for (String group : Files.readAllLines(Path.of(args[2]))) {
      RemoteClusterUtils.translateOffsets(settings, args[1], group, Duration.ofSeconds(30))
          .forEach(
              (partition, offset) ->
                  System.out.println(
                      group + " " + partition.topic() + " " + partition.partition() + " " + offset.offset()));
    }
  }
}
