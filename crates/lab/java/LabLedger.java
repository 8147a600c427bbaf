import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The ledger while it is being written: append only, whole lines. The lines are those of the lab's `Entry`. */
final class LabLedger {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final OutputStream file;
  private final String side;
  private final ByteArrayOutputStream noted = new ByteArrayOutputStream();

  LabLedger(Path path, String side) throws IOException {
    this.file = Files.newOutputStream(path, StandardOpenOption.APPEND, StandardOpenOption.CREATE);
    this.side = side;
  }

  void started() {
    note(entry("started").put("pid", ProcessHandle.current().pid()));
  }

  void stopped() {
    note(entry("stopped"));
  }

  void produced(String id, String topic, int partition, long offset) {
    note(entry("produced").put("id", id).put("topic", topic).put("partition", partition).put("offset", offset));
  }

  void refused(String id, String topic, Exception why) {
    note(entry("refused").put("id", id).put("topic", topic).put("why", String.valueOf(why)));
  }

  void processed(String id, String group, String topic, int partition, long offset) {
    note(entry("processed").put("id", id).put("group", group).put("topic", topic).put("partition", partition)
        .put("offset", offset));
  }

  void committed(String group, String topic, int partition, long offset) {
    note(entry("committed").put("group", group).put("topic", topic).put("partition", partition)
        .put("offset", offset));
  }

  void trouble(Exception why) {
    note(entry("trouble").put("why", String.valueOf(why)));
  }

  private ObjectNode entry(String did) {
    return JSON.createObjectNode().put("did", did).put("side", side).put("at", System.currentTimeMillis());
  }

  private synchronized void note(ObjectNode entry) {
    noted.writeBytes((entry + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Hands everything noted to the operating system, where the death of this process cannot undo it. */
  synchronized void flush() throws IOException {
    file.write(noted.toByteArray());
    noted.reset();
  }
}
