package layertap.model.layers.call;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.model.layers.Region;
import layertap.model.layers.flow.DataFlow;
import layertap.model.layers.scope.LayerNames;

/**
 * All ways to read a scope where nothing tells how layers are connected. Calls of one layer of
 * Keras 2 that follow each other look like one. Where no list names the layers, a scope may hold
 * ops of its own beside scopes of layers: {@code Conv/BatchNorm} may be a part of a layer {@code
 * Conv}, or a layer of Keras 2 after it.
 *
 * <pre>
 *   x ─▶ Conv/Conv2D ─▶ Conv/BatchNorm/FusedBatchNormV3 ─▶ y
 *                   one layer: y leaves it; two layers: what Conv2D gives leaves the first
 * </pre>
 */
public final class ScopeReadings {
  private final DataFlow flow;
  private final ScopedLayers scopes;
  private final CallTensors callTensors;

  public ScopeReadings(DataFlow flow, ScopedLayers scopes, CallTensors callTensors) {
    this.flow = flow;
    this.scopes = scopes;
    this.callTensors = callTensors;
  }

  /** What leaves the traced call, read one way or the other. */
  public List<TensorId> exits(TracedCall tracedCall) {
    Set<TensorId> either = new LinkedHashSet<>(callTensors.exits(tracedCall));
    calls(tracedCall).forEach(call -> either.addAll(callTensors.exits(call)));
    Region own = own(tracedCall);
    for (TensorId exit : own.isEmpty() ? List.<TensorId>of() : flow.exits(own)) {
      if (!comesBack(exit, own) && !flow.isSize(exit)) {
        either.add(exit);
      }
    }
    return List.copyOf(either);
  }

  /** What enters the traced call, read one way or the other. */
  public List<TensorId> entries(TracedCall tracedCall) {
    Set<TensorId> either = new LinkedHashSet<>(callTensors.entries(tracedCall));
    calls(tracedCall).forEach(call -> either.addAll(callTensors.entries(call)));
    Region own = own(tracedCall);
    for (TensorId entry : own.isEmpty() ? List.<TensorId>of() : flow.entries(own)) {
      if (!overlaps(own, graph().ancestorsOf(graph().require(entry.node())))) {
        either.add(entry);
      }
    }
    return List.copyOf(either);
  }

  /** Whether the traced call cannot be several calls that follow each other. */
  public boolean isOneCall(TracedCall tracedCall) {
    return calls(tracedCall).size() == 1;
  }

  /** How many calls that follow each other the traced call is, if its ops tell that for certain. */
  public OptionalInt callCount(TracedCall tracedCall) {
    return isOneCall(tracedCall) ? OptionalInt.of(1) : callTensors.callCount(tracedCall);
  }

  /** How many calls that follow each other the traced call may be. */
  public int mostCalls(TracedCall tracedCall) {
    return callCount(tracedCall).orElseGet(() -> calls(tracedCall).size());
  }

  private List<TracedCall> calls(TracedCall tracedCall) {
    return scopes.shareScopes() ? CallSplitter.periods(tracedCall, graph()) : List.of(tracedCall);
  }

  /** Ops of the scope that stand in no layer's scope inside it; none if all or no others do. */
  private Region own(TracedCall tracedCall) {
    if (scopes.areListed()) {
      return new Region(new int[0]);
    }
    Region own = tracedCall.region();
    for (List<TracedCall> inside :
        scopes.inside(tracedCall, LayerNames.UNKNOWN).layers().values()) {
      for (TracedCall layer : inside) {
        own = own.minus(layer.region());
      }
    }
    return own.size() < tracedCall.region().size() && flow.hasActivations(own)
        ? own
        : new Region(new int[0]);
  }

  /** One call of a layer ends before the next layer begins: what comes back never left. */
  private boolean comesBack(TensorId exit, Region own) {
    List<Integer> takers = new ArrayList<>();
    for (int consumer : graph().consumers(graph().require(exit.node()))) {
      if (!own.contains(consumer)) {
        takers.add(consumer);
      }
    }
    int[] outside = takers.stream().mapToInt(Integer::intValue).toArray();
    return overlaps(own, graph().descendantsOf(outside));
  }

  private static boolean overlaps(Region region, boolean[] nodes) {
    return IntStream.of(region.positions()).anyMatch(position -> nodes[position]);
  }

  private GraphIndex graph() {
    return flow.graph();
  }
}
