package layertap.tensorflow;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import layertap.failure.RefusedValuesException;
import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.graph.check.RepeatedMultiples;
import layertap.graph.detour.Detours;
import layertap.inference.InferenceSession;
import layertap.inference.MemoryShortException;
import layertap.inference.TimeLimit;
import layertap.inference.TimeLimitException;
import layertap.model.cut.RunnableGraph;
import layertap.model.saved.ModelFiles;
import layertap.process.AvailableMemory;
import layertap.tensor.HostTensor;
import layertap.tensor.OrdinaryNumbers;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TFOutOfRangeException;
import org.tensorflow.exceptions.TFResourceExhaustedException;
import org.tensorflow.exceptions.TFUnimplementedException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.proto.RunOptions;

/** A truncated model in a native graph and session of TensorFlow. */
public final class GraphSession implements InferenceSession {
  /** What TensorFlow says when a run's time is over. */
  private static final String TIMED_OUT = "Timed out waiting for notification";

  /** What TensorFlow says of a placeholder without a value. */
  private static final String UNFED = "You must feed a value for placeholder";

  private final Graph graph;
  private final Session session;
  private final Set<TensorId> inputs;
  private final Detours detours;

  private GraphSession(Graph graph, Session session, Set<TensorId> inputs, Detours detours) {
    this.graph = graph;
    this.session = session;
    this.inputs = inputs;
    this.detours = detours;
  }

  /**
   * Reads the variables and opens a session.
   *
   * @throws UserException if the model is damaged or TensorFlow refuses it
   * @throws MemoryShortException if its variables take more memory than there is
   * @throws java.io.UncheckedIOException if the storage fails
   */
  public static GraphSession open(RunnableGraph model, ModelFiles files) {
    return open(
        model,
        new VariableValues(model),
        files,
        RepeatedMultiples.areIn(model.graph())
            ? TensorFlowRuntime::openUnrewritten
            : TensorFlowRuntime::openSession);
  }

  /** The same, running the model's ops one by one as they stand, for comparison. */
  public static GraphSession openUnoptimized(RunnableGraph model, ModelFiles files) {
    return open(model, new VariableValues(model), files, TensorFlowRuntime::openUnoptimized);
  }

  static GraphSession open(
      RunnableGraph model,
      VariableValues variables,
      ModelFiles files,
      Function<Graph, Session> openSession) {
    requireMemory(model, files, AvailableMemory.ofThisMachine());
    GraphSession opened = null;
    try {
      try (LocalAssets assets = LocalAssets.copy(model.assets(), files)) {
        Detours detours = new Detours(model.graph());
        Graph graph = GraphLoader.load(model, variables, detours, files, assets);
        Set<TensorId> inputs =
            model.feeds().stream().map(feed -> feed.placeholder()).collect(Collectors.toSet());
        opened = new GraphSession(graph, sessionOf(graph, openSession), inputs, detours);
        variables.assign(opened.session, files);
        opened.initialize(model.initializers());
      }
      return opened;
    } catch (Throwable e) {
      if (opened != null) {
        // Memory that is short above all: who tries again needs what this took.
        opened.close();
      }
      throw e;
    }
  }

  private static Session sessionOf(Graph graph, Function<Graph, Session> openSession) {
    try {
      return openSession.apply(graph);
    } catch (Throwable e) {
      graph.close();
      throw e;
    }
  }

  /** Who asks Linux for more is ended by it, without a word. */
  static void requireMemory(RunnableGraph model, ModelFiles files, AvailableMemory memory) {
    long needed = VariableValues.leastBytes(model);
    long available = memory.bytes().orElse(Long.MAX_VALUE);
    if (needed > available) {
      throw new MemoryShortException(
          ("cannot open the model %s: its variables take %s bytes of memory outside of Java's heap,"
                  + " this machine or container has %s left; give it more, as 'plan' advises, or tap"
                  + " a layer that needs fewer variables")
              .formatted(files.location(), needed, available));
    }
  }

  /** About the most native memory that the model's variables take while it is opened. */
  public static long openingBytes(RunnableGraph model) {
    return VariableValues.openingBytes(model);
  }

  private void initialize(List<String> initializers) {
    if (!initializers.isEmpty()) {
      Session.Runner runner = session.runner().setOptions(OpThreads.inCallersThread());
      initializers.forEach(runner::addTarget);
      try {
        runner.run().close();
      } catch (RuntimeException e) {
        throw failed("fill the lookup tables of the cut model", e);
      }
    }
  }

  @Override
  public List<HostTensor> run(
      Map<TensorId, HostTensor> feeds, List<TensorId> fetches, TimeLimit limit) {
    if (!limit.cancels()) {
      long start = System.nanoTime();
      List<HostTensor> values = run(feeds, fetches, OpThreads.inCallersThread());
      if (limit.after(System.nanoTime() - start).isOver()) {
        throw new TimeLimitException(limit);
      }
      return values;
    }
    try (OpThreads.Use thread = TensorFlowRuntime.opThreads().new Use()) {
      return run(feeds, fetches, thread.options(limit));
    } catch (TimedOutException e) {
      throw new TimeLimitException(limit);
    }
  }

  /** TensorFlow has cancelled the run. */
  private static final class TimedOutException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private List<HostTensor> run(
      Map<TensorId, HostTensor> feeds, List<TensorId> fetches, RunOptions options) {
    List<Tensor> fed = new ArrayList<>(feeds.size());
    try {
      Session.Runner runner = session.runner().setOptions(options);
      for (Map.Entry<TensorId, HostTensor> feed : feeds.entrySet()) {
        Tensor tensor = NativeTensors.toNative(feed.getValue());
        fed.add(tensor);
        runner.feed(feed.getKey().node(), feed.getKey().index(), tensor);
      }
      detouredIfNeeded(fetches, feeds.values())
          .forEach(fetch -> runner.fetch(fetch.node(), fetch.index()));
      try (Result result = runner.run()) {
        List<HostTensor> values = new ArrayList<>(fetches.size());
        for (int i = 0; i < fetches.size(); i++) {
          values.add(NativeTensors.toHost(result.get(i)));
        }
        return values;
      }
    } catch (TFInvalidArgumentException | TFOutOfRangeException e) {
      if (firstLine(e).contains(UNFED)) {
        throw unfed(feeds.keySet(), e);
      }
      throw new RefusedValuesException(e);
    } catch (TFResourceExhaustedException e) {
      throw new UserException(
          ("cannot run the cut model: a batch does not fit into memory, %s; set "
                  + "run.batch-size lower")
              .formatted(firstLine(e)),
          e);
    } catch (TensorFlowException | TFUnimplementedException e) {
      if (firstLine(e).contains(TIMED_OUT)) {
        throw new TimedOutException();
      }
      throw failed("run the cut model", e);
    } finally {
      fed.forEach(Tensor::close);
    }
  }

  private List<TensorId> detouredIfNeeded(List<TensorId> fetches, Collection<HostTensor> fed) {
    return detours.isEmpty() || fed.stream().allMatch(OrdinaryNumbers::areAllIn)
        ? fetches
        : detours.to(fetches);
  }

  /** No other values would do: it is our fault, or that of a function of the model. */
  private RuntimeException unfed(Set<TensorId> fed, RuntimeException e) {
    return fed.containsAll(inputs)
        ? failed("run the cut model", e)
        : new IllegalStateException("a run lacks a value: " + firstLine(e), e);
  }

  private static UserException failed(String what, RuntimeException e) {
    return new UserException(
        ("cannot %s: TensorFlow says, %s; export the model again, or tap a layer that "
                + "does not need it")
            .formatted(what, firstLine(e)),
        e);
  }

  private static String firstLine(RuntimeException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("nothing");
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
