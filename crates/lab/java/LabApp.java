import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An application of a lab with Kafka's own Java clients: works until SIGTERM, then finishes, flushes, commits, leaves
 * its group and ends. It keeps the same ledger, with the same discipline, as the one with librdkafka.
 *
 * <p>Argument: a properties file. Keys that begin with {@code app.} are its own, the others are settings of its clients.
 */
public final class LabApp {
  private static final String OWN = "app.";

  final AtomicBoolean stop = new AtomicBoolean();
  final AtomicBoolean assigned = new AtomicBoolean();
  final AtomicLong acknowledged = new AtomicLong();
  final LabLedger ledger;
  private final AtomicInteger exit = new AtomicInteger();
  private final Properties own = new Properties();
  private final Properties client = new Properties();

  private LabApp(Path file) throws IOException {
    Properties all = new Properties();
    try (var in = Files.newInputStream(file)) {
      all.load(in);
    }
    for (String name : all.stringPropertyNames()) {
      if (name.startsWith(OWN)) {
        own.setProperty(name.substring(OWN.length()), all.getProperty(name));
      } else {
        client.setProperty(name, all.getProperty(name));
      }
    }
    ledger = new LabLedger(Path.of(own("home"), "ledger.jsonl"), own("side"));
  }

  public static void main(String[] args) throws Exception {
    LabApp app = new LabApp(Path.of(args[0]));
    CountDownLatch finished = new CountDownLatch(1);
    // The JVM ends when its hooks have: this one lets the work end first.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      app.stop.set(true);
      try {
        finished.await();
      } catch (InterruptedException error) {
        Thread.currentThread().interrupt();
      }
      Runtime.getRuntime().halt(app.exit.get());
    }));
    try {
      app.work();
    } catch (Throwable error) {
      error.printStackTrace();
      app.exit.set(1);
    } finally {
      finished.countDown();
    }
    System.exit(app.exit.get());
  }

  private void work() throws Exception {
    List<Thread> halves = new ArrayList<>();
    if (!list("produce").isEmpty()) {
      halves.add(half("producer", new LabProducer(this)));
    }
    if (!list("consume").isEmpty()) {
      halves.add(half("consumer", new LabConsumer(this)));
    }
    boolean ready = false;
    long looked = System.nanoTime();
    while (!stop.get()) {
      boolean consumes = list("consume").isEmpty() || assigned.get();
      boolean produces = list("produce").isEmpty() || acknowledged.get() > 0;
      if (!ready && consumes && produces) {
        ready = true;
        ledger.started();
        ledger.flush();
        Path done = Path.of(own("home"), "ready");
        Path half = Path.of(own("home"), "ready.new");
        Files.writeString(half, ProcessHandle.current().pid() + "\n");
        Files.move(half, done, StandardCopyOption.ATOMIC_MOVE);
      }
      if (System.nanoTime() - looked > 1_000_000_000L) {
        looked = System.nanoTime();
        if (orphaned()) {
          // Its brokers are gone: a last commit or flush would wait for them for ever.
          ledger.flush();
          Runtime.getRuntime().halt(1);
        }
      }
      Thread.sleep(20);
    }
    for (Thread half : halves) {
      half.join();
    }
    ledger.stopped();
    ledger.flush();
  }

  /** A part of the work that may fail. */
  interface Half {
    void run() throws Exception;
  }

  /** One half that fails, or ends, ends the other as well. */
  private Thread half(String name, Half half) {
    Thread thread = new Thread(() -> {
      try {
        half.run();
      } catch (Throwable error) {
        error.printStackTrace();
        exit.set(1);
      } finally {
        stop.set(true);
      }
    }, name);
    thread.start();
    return thread;
  }

  /** True once the lab was taken down, or the process that owns it has ended. */
  private boolean orphaned() {
    if (!Files.exists(Path.of(own("lab")))) {
      return true;
    }
    String owner = own.getProperty("owner");
    return owner != null && !owner.equals(started(own("owner-pid")));
  }

  /** When the process of this number started, in the kernel's ticks: it tells a process from a later namesake. */
  private static String started(String pid) {
    try {
      String stat = Files.readString(Path.of("/proc", pid, "stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return "ZXx".contains(fields[0]) ? "" : fields[19];
    } catch (IOException error) {
      return "";
    }
  }

  String own(String name) {
    String value = own.getProperty(name);
    if (value == null) {
      throw new IllegalArgumentException("no " + OWN + name);
    }
    return value;
  }

  /** Names of topics hold no comma. */
  List<String> list(String name) {
    String value = own.getProperty(name, "");
    return value.isEmpty() ? List.of() : List.of(value.split(","));
  }

  /** The settings of a client, these added. */
  Properties client(String... more) {
    Properties settings = new Properties();
    settings.putAll(client);
    for (int i = 0; i < more.length; i += 2) {
      settings.setProperty(more[i], more[i + 1]);
    }
    return settings;
  }
}
