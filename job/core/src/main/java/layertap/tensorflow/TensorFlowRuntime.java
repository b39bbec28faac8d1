package layertap.tensorflow;

import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.List;
import layertap.failure.EnvironmentException;
import layertap.failure.UserException;
import layertap.process.NativeErrors;
import layertap.tensorflow.natives.TensorFlowNatives;
import org.bytedeco.javacpp.Pointer;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.NodeDef;
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
  private static boolean isVerbose;
  private static boolean isOwnProcess;

  private TensorFlowRuntime() {}

  /**
   * Starts TensorFlow; a second call changes nothing.
   *
   * @param threadsPerCaller how many threads one op may use
   * @throws UncheckedIOException if there is no folder to unpack the natives to
   * @throws EnvironmentException if they cannot be loaded
   * @throws UserException if there are none for this platform, or classes do not fit them
   */
  public static synchronized void start(int threadsPerCaller) {
    if (config != null) {
      return;
    }
    EngineSettings applied = EngineSettings.apply(threadsPerCaller, isVerbose);
    TensorFlowNatives.load(isOwnProcess);
    ConfigProto.Builder first =
        ConfigProto.newBuilder()
            .setIntraOpParallelismThreads(threadsPerCaller)
            .setInterOpParallelismThreads(IN_CALLERS_THREAD)
            .setAllowSoftPlacement(true)
            .setGraphOptions(GraphOptions.newBuilder().setRewriteOptions(withoutFusing()));
    if (EngineSettings.isQuiet()) {
      NativeErrors.filtered(() -> runFirst(first.build()), TensorFlowRuntime::isOfFirstRun);
    } else {
      runFirst(first.build());
    }
    OP_THREADS.addTo(first);
    config = first.build();
    settings = applied;
  }

  /**
   * Lets TensorFlow log what it logs by itself, and not errors alone, unless the environment says
   * otherwise. To be called before {@link #start}.
   */
  public static synchronized void logAll() {
    isVerbose = true;
  }

  /**
   * Says that nobody else uses JavaCPP in this JVM, which then starts faster. To be called before
   * {@link #start}.
   */
  public static synchronized void haveProcess() {
    isOwnProcess = true;
  }

  /** Makes the first session of the process, and its first run. */
  private static void runFirst(ConfigProto config) {
    NodeDef nothing = NodeDef.newBuilder().setName("nothing").setOp("NoOp").build();
    try (Graph graph = new Graph()) {
      graph.importGraphDef(GraphDef.newBuilder().addNode(nothing).build());
      try (Session session = new Session(graph, config)) {
        session.runner().addTarget(nothing.getName()).run().close();
      }
    }
  }

  /**
   * What a first run logs of a pass for accelerators, which there are none of, by a copy of Abseil
   * that nobody can tell of a level.
   */
  private static boolean isOfFirstRun(String line) {
    return line.startsWith("WARNING: All log messages before absl::InitializeLog()")
        || line.endsWith("MLIR V1 optimization pass is not enabled");
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

  /** Whether oneDNN's kernels are used, as is known once it is started. */
  static synchronized boolean usesOneDnn() {
    return settings != null && settings.oneDnn();
  }

  /** The version of TensorFlow's natives. */
  public static String version() {
    start(1);
    return TensorFlow.version();
  }

  /**
   * About the memory of this process outside of Java's heap, in bytes. Of what is resident, the
   * heap has what its pools ever used at most: pages that it reserved and never wrote are not
   * there. TensorFlow has been started.
   */
  public static long nativeBytes() {
    long written = HeapPools.ALL.stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
    long heap = Math.min(written, Runtime.getRuntime().totalMemory());
    return Math.max(0, Pointer.physicalBytes() - heap);
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

  /** The same without TensorFlow's rewriter, of a graph over which that would end the process. */
  static Session openUnrewritten(Graph graph) {
    return new Session(graph, unrewritten().build());
  }

  /** The same, running the graph's ops exactly as they are. */
  static Session openUnoptimized(Graph graph) {
    ConfigProto.Builder unoptimized = unrewritten();
    unoptimized
        .getGraphOptionsBuilder()
        .getOptimizerOptionsBuilder()
        .setOptLevel(OptimizerOptions.Level.L0);
    return new Session(graph, unoptimized.build());
  }

  private static ConfigProto.Builder unrewritten() {
    ConfigProto.Builder config = startedConfig().toBuilder();
    config.getGraphOptionsBuilder().getRewriteOptionsBuilder().setDisableMetaOptimizer(true);
    return config;
  }

  private static synchronized ConfigProto startedConfig() {
    if (config == null) {
      throw new IllegalStateException("TensorFlow is used before it was started");
    }
    return config;
  }

  /** Looked up when they are first asked for: that takes longer than the start has to spare. */
  private static final class HeapPools {
    static final List<MemoryPoolMXBean> ALL =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .toList();
  }
}
