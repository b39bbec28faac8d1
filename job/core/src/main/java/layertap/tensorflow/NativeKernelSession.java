package layertap.tensorflow;

import layertap.failure.RefusedValuesException;
import layertap.graph.TensorId;
import layertap.inference.KernelSession;
import layertap.tensor.HostTensor;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TString;

/** Runs op for op as written: the optimizer would trade a division for a multiplication. */
final class NativeKernelSession implements KernelSession {
  private final Graph graph;
  private final Session session;
  private final TensorId input;

  private NativeKernelSession(Graph graph, Session session, TensorId input) {
    this.graph = graph;
    this.session = session;
    this.input = input;
  }

  /**
   * Opens a session.
   *
   * @param input a placeholder of a scalar string
   */
  static NativeKernelSession open(GraphDef graphDef, TensorId input) {
    Graph graph = GraphLoader.importGraph(graphDef);
    try {
      return new NativeKernelSession(graph, TensorFlowRuntime.openUnoptimized(graph), input);
    } catch (Throwable e) {
      graph.close();
      throw e;
    }
  }

  @Override
  public HostTensor run(byte[] bytes, TensorId fetch) {
    try (TString fed = NativeTensors.scalar(bytes);
        Result result =
            session
                .runner()
                .setOptions(OpThreads.inCallersThread())
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
