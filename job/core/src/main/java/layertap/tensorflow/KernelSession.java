package layertap.tensorflow;

import layertap.failure.RefusedValuesException;
import layertap.graph.TensorId;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TString;

/**
 * A small graph that turns encoded bytes into tensors with TensorFlow's own kernels, op for op as
 * written: the graph optimizer, which would trade a division for a multiplication, is off.
 * Thread-safe. Owns native memory until it is closed.
 */
public final class KernelSession implements AutoCloseable {
  private final Graph graph;
  private final Session session;
  private final TensorId input;

  private KernelSession(Graph graph, Session session, TensorId input) {
    this.graph = graph;
    this.session = session;
    this.input = input;
  }

  /**
   * Opens a session.
   *
   * @param input a placeholder of a scalar string
   */
  public static KernelSession open(GraphDef graphDef, TensorId input) {
    Graph graph = GraphLoader.importGraph(graphDef);
    try {
      return new KernelSession(graph, TensorFlowRuntime.openUnoptimized(graph), input);
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  /**
   * Runs the graph on one value.
   *
   * @throws RefusedValuesException if a kernel cannot read the bytes
   */
  public HostTensor run(byte[] bytes, TensorId fetch) {
    try (TString fed = NativeTensors.scalar(bytes);
        Result result =
            session
                .runner()
                .feed(input.node(), input.index(), fed)
                .fetch(fetch.node(), fetch.index())
                .run()) {
      return NativeTensors.toHost(result.get(0));
    } catch (TFInvalidArgumentException e) {
      throw new RefusedValuesException(e);
    }
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
