package layertap.model.cut;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.check.DroppedEffects;
import layertap.graph.check.DroppedEffects.Assignment;
import layertap.graph.fold.Folding;
import layertap.graph.rewrite.CallBypass;
import layertap.graph.rewrite.Substitution;
import layertap.model.LoadedModel;
import layertap.model.layers.Layer;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** Warns of what a model does besides computing, and a part that is cut out of it does not. */
final class DroppedEffectWarnings {
  private final LoadedModel source;

  DroppedEffectWarnings(LoadedModel source) {
    this.source = source;
  }

  /** A line for all assertions, and one for each layer that changes its variables. */
  List<String> of(GraphDef part) {
    if (!DroppedEffects.areIn(source.graph().graph())) {
      return List.of();
    }
    Set<String> kept =
        part.getNodeList().stream().map(NodeDef::getName).collect(Collectors.toSet());
    Substitution bypass = CallBypass.of(source.graph(), source.calls());
    List<TensorId> outputs =
        source.signature().outputs().values().stream()
            .map(port -> bypass.resolve(port.tensor()))
            .toList();
    GraphIndex bypassed = new GraphIndex(bypass.apply(run()), source.ops());
    GraphIndex decided = Folding.decided(bypassed, outputs, new StoredSwitches(source));
    DroppedEffects effects = new DroppedEffects(decided, outputs, kept);
    List<String> warnings = new ArrayList<>();
    assertions(effects.assertions()).ifPresent(warnings::add);
    warnings.addAll(assignments(effects.assignments()));
    return warnings;
  }

  /** What a run of the signature runs: all of its functions, or what its outputs need. */
  private GraphDef run() {
    GraphIndex graph = source.graph();
    if (!source.calls().isEmpty()) {
      return graph.graph();
    }
    int[] outputs =
        source.signature().outputs().values().stream()
            .mapToInt(port -> graph.require(port.tensor().node()))
            .toArray();
    boolean[] needed = graph.ancestorsOf(outputs);
    GraphDef.Builder run = graph.graph().toBuilder().clearNode();
    for (int position = 0; position < graph.size(); position++) {
      if (needed[position]) {
        run.addNode(graph.node(position));
      }
    }
    return run.build();
  }

  private static Optional<String> assertions(List<String> names) {
    if (names.isEmpty()) {
      return Optional.empty();
    }
    String subject =
        names.size() == 1
            ? "the model's assertion '%s' is".formatted(names.get(0))
            : names.size() + " assertions of the model, the first '" + names.get(0) + "', are";
    return Optional.of(subject + " not run; rows that the model itself would refuse are taken");
  }

  private List<String> assignments(List<Assignment> assignments) {
    Map<String, Set<String>> byLayer = new LinkedHashMap<>();
    for (Assignment assignment : assignments) {
      byLayer
          .computeIfAbsent(layerOf(assignment.node()), layer -> new LinkedHashSet<>())
          .add(assignment.variable());
    }
    List<String> warnings = new ArrayList<>();
    byLayer.forEach((layer, variables) -> warnings.add(assigned(layer, variables)));
    return warnings;
  }

  private static String assigned(String layer, Collection<String> variables) {
    return (layer.isEmpty() ? "the model" : "the layer '" + layer + "'")
        + " changes "
        + variables.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "))
        + " at each run; here each batch starts from the stored state";
  }

  /** The innermost layer that a node belongs to. */
  private String layerOf(String node) {
    int position = source.graph().require(node);
    return source.layers().layers().stream()
        .filter(layer -> layer.calls().stream().anyMatch(call -> call.region().contains(position)))
        .max(Comparator.comparingInt(layer -> layer.names().size()))
        .map(Layer::path)
        .orElse("");
  }
}
