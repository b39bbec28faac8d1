package layertap.tensorflow;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.bytedeco.javacpp.Pointer;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.OptimizerOptions;
import org.tensorflow.proto.RewriterConfig;

/**
 * Loads TensorFlow's natives and makes the JVM's first session, once.
 *
 * <p>The first session or eager context of a process decides the sizes of its thread pools, so
 * nothing may use TensorFlow before {@link #start}. Thread-safe.
 */
public final class TensorFlowRuntime {
  /** Runs each op in the thread that called the session: concurrent callers then scale. */
  private static final int IN_CALLERS_THREAD = -1;

  private static final OpThreads OP_THREADS = new OpThreads();

  private static ConfigProto config;
  private static EngineSettings settings;

  private TensorFlowRuntime() {}

  /**
   * Starts TensorFlow; a second call changes nothing.
   *
   * @param threadsPerCaller how many threads one op may use
   * @throws UncheckedIOException if there is no room to unpack the natives
   */
  public static synchronized void start(int threadsPerCaller) {
    if (config != null) {
      return;
    }
    EngineSettings applied = EngineSettings.apply(threadsPerCaller);
    loadNatives();
    ConfigProto.Builder first =
        ConfigProto.newBuilder()
            .setIntraOpParallelismThreads(threadsPerCaller)
            .setInterOpParallelismThreads(IN_CALLERS_THREAD)
            .setAllowSoftPlacement(true)
            .setGraphOptions(GraphOptions.newBuilder().setRewriteOptions(withoutFusing()));
    try (Graph graph = new Graph()) {
      new Session(graph, first.build()).close();
    }
    OP_THREADS.addTo(first);
    config = first.build();
    settings = applied;
  }

  /** How TensorFlow runs in this process; it is started if it was not. */
  public static synchronized EngineSettings settings() {
    start(1);
    return settings;
  }

  /**
   * Fused ops differ from the framework's own values where a model is sensitive (EfficientNet), and
   * TensorFlow's remapper fuses away tensors that are fetched (before mish, before leaky ReLU).
   */
  private static RewriterConfig withoutFusing() {
    return RewriterConfig.newBuilder().setRemapping(RewriterConfig.Toggle.OFF).build();
  }

  /** The version of TensorFlow's natives. */
  public static String version() {
    start(1);
    return TensorFlow.version();
  }

  /** About the memory of this process outside of Java's heap. TensorFlow has been started. */
  public static long nativeBytes() {
    return Math.max(0, Pointer.physicalBytes() - Runtime.getRuntime().totalMemory());
  }

  /** Threads for runs with a time limit, which all sessions know. */
  static OpThreads opThreads() {
    return OP_THREADS;
  }

  /**
   * A session on a graph; the caller closes it, then the graph. All its runs say where their ops
   * run, see {@link OpThreads}.
   */
  static Session openSession(Graph graph) {
    return new Session(graph, startedConfig());
  }

  /** The same, running the graph's ops exactly as they are. */
  static Session openUnoptimized(Graph graph) {
    ConfigProto.Builder unoptimized = startedConfig().toBuilder();
    unoptimized.getGraphOptionsBuilder().getRewriteOptionsBuilder().setDisableMetaOptimizer(true);
    unoptimized
        .getGraphOptionsBuilder()
        .getOptimizerOptionsBuilder()
        .setOptLevel(OptimizerOptions.Level.L0);
    return new Session(graph, unoptimized.build());
  }

  private static synchronized ConfigProto startedConfig() {
    if (config == null) {
      throw new IllegalStateException("TensorFlow is used before it was started");
    }
    return config;
  }

  /** Two JVMs of one host that unpack the natives at once trip over each other; hence the lock. */
  private static void loadNatives() {
    // JavaCPP would count the whole process against a limit derived from -Xmx and stop healthy
    // jobs.
    System.setProperty("org.bytedeco.javacpp.maxphysicalbytes", "0");
    System.setProperty("org.bytedeco.javacpp.maxbytes", "0");
    String temporary = System.getProperty("java.io.tmpdir");
    try {
      Path folder = NativesFolder.find(Path.of(temporary));
      System.setProperty("org.bytedeco.javacpp.cachedir", folder.toString());
      try (FileChannel lockFile =
          FileChannel.open(
              folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        FileLock lock = lockFile.lock();
        TensorFlow.version();
        lock.release();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          ("cannot unpack TensorFlow's natives to %s; set -Djava.io.tmpdir to a folder "
                  + "with 500 MB to write to")
              .formatted(temporary),
          e);
    }
  }
}
