package layertap.tensorflow;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import layertap.graph.TensorId;
import layertap.model.ModelFiles;
import layertap.model.TruncatedModel;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TFOutOfRangeException;

/**
 * A truncated model ready to run. Thread-safe: callers run side by side, each in its own thread.
 * Owns the native graph and session until it is closed; close it once no caller runs.
 */
public final class TruncatedSession implements AutoCloseable {
  private final Graph graph;
  private final Session session;

  private TruncatedSession(Graph graph, Session session) {
    this.graph = graph;
    this.session = session;
  }

  /**
   * Reads the variables and opens a session.
   *
   * @throws layertap.model.ModelException if the model is damaged or TensorFlow refuses it
   * @throws java.io.UncheckedIOException if the storage fails
   */
  public static TruncatedSession open(TruncatedModel model, ModelFiles files) {
    try (LocalAssets assets = LocalAssets.copy(model.assets(), files)) {
      Graph graph = GraphLoader.load(model, files, assets);
      TruncatedSession opened = new TruncatedSession(graph, TensorFlowRuntime.openSession(graph));
      try {
        opened.initialize(model.initializers());
        return opened;
      } catch (RuntimeException e) {
        opened.close();
        throw e;
      }
    }
  }

  private void initialize(List<String> initializers) {
    if (!initializers.isEmpty()) {
      Session.Runner runner = session.runner();
      initializers.forEach(runner::addTarget);
      runner.run().close();
    }
  }

  /**
   * Runs one batch.
   *
   * @param feeds values of placeholders, with the batch axis
   * @param fetches tensors of the graph, each once
   * @return the values of {@code fetches}, in their order; all native memory of the run is freed
   * @throws RefusedValuesException if an op cannot compute with these values
   */
  public List<HostTensor> run(Map<TensorId, HostTensor> feeds, List<TensorId> fetches) {
    List<Tensor> fed = new ArrayList<>(feeds.size());
    try {
      Session.Runner runner = session.runner();
      for (Map.Entry<TensorId, HostTensor> feed : feeds.entrySet()) {
        Tensor tensor = NativeTensors.toNative(feed.getValue());
        fed.add(tensor);
        runner.feed(feed.getKey().node(), feed.getKey().index(), tensor);
      }
      fetches.forEach(fetch -> runner.fetch(fetch.node(), fetch.index()));
      try (Result result = runner.run()) {
        List<HostTensor> values = new ArrayList<>(fetches.size());
        for (int i = 0; i < fetches.size(); i++) {
          values.add(NativeTensors.toHost(result.get(i)));
        }
        return values;
      }
    } catch (TFInvalidArgumentException | TFOutOfRangeException e) {
      throw new RefusedValuesException(e);
    } finally {
      fed.forEach(Tensor::close);
    }
  }

  /** Frees the session and the graph; a second call does nothing. */
  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
