package layertap.suggest.layer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.LoadedModel;
import layertap.model.saved.Signature;
import layertap.model.select.SelectorParser;
import layertap.model.select.SelectorParser.At;
import layertap.model.select.SelectorResolver;
import layertap.model.select.Tap;
import layertap.suggest.layer.Candidate.Role;

/**
 * The layers of a model that one would try first as features, found by shapes and by what the graph
 * computes, not by names. Immutable.
 */
public final class CandidateLayers {
  private static final Set<String> PADDING = Set.of("Pad", "PadV2", "MirrorPad");
  private static final Set<String> POOLING = Set.of("Mean", "Max", "AvgPool", "MaxPool");
  private static final Set<String> OF_SHAPE = Set.of("Reshape", "Squeeze");
  private static final int RANK_WITH_STEPS = 3;

  private final GraphIndex graph;
  private final List<LayerOutput> outputs;
  private final Map<LayerOutput, Set<Role>> roles = new LinkedHashMap<>();
  private final List<Candidate> candidates;

  private CandidateLayers(LoadedModel model) {
    this.graph = model.graph();
    this.outputs = LayerOutputs.of(model);
    int[] starts = positions(model.signature().inputs().values());
    List<TensorId> ends =
        model.signature().outputs().values().stream()
            .map(Signature.Port::tensor)
            .filter(tensor -> graph.find(tensor.node()).isPresent())
            .toList();
    addPooled();
    ClassifierInput classifier = new ClassifierInput(graph, graph.descendantsOf(starts));
    ends.forEach(
        end ->
            classifier.before(end, outputs).ifPresent(found -> add(found, Role.BEFORE_CLASSIFIER)));
    if (roles.isEmpty()) {
      LayerOutputs.lastState(model).ifPresent(state -> add(state, Role.LAST_STATE));
    }
    last(output -> output.isMap() && !PADDING.contains(op(output.source())))
        .ifPresent(map -> add(map, Role.LAST_MAP));
    last(LayerOutput::isSequence).ifPresent(sequence -> add(sequence, Role.LAST_SEQUENCE));
    if (!ends.isEmpty()) {
      int end = graph.require(Identities.source(graph, ends.get(0)).node());
      BlockEnds blocks = new BlockEnds(graph, starts, end);
      List<LayerOutput> ofMaps = blocks.among(all(LayerOutput::isMap));
      (ofMaps.isEmpty() ? blocks.among(all(LayerOutput::isSequence)) : ofMaps)
          .forEach(block -> add(block, Role.BLOCK_END));
    }
    this.candidates =
        roles.entrySet().stream()
            .sorted(Comparator.comparingInt(entry -> entry.getKey().position()))
            .map(entry -> candidate(entry.getKey(), entry.getValue()))
            .filter(new Selected(model)::isFound)
            .toList();
  }

  /** Looks at a model, whose graph alone is read. */
  public static CandidateLayers of(LoadedModel model) {
    return new CandidateLayers(model);
  }

  /** In the order in which the model computes them; none where the graph shows no layers. */
  public List<Candidate> all() {
    return candidates;
  }

  /**
   * The one that most likely serves as an embedding: the last pooled output, else what enters the
   * classifier, else the last map or sequence, which is then to be pooled. Empty if there is none.
   */
  public Optional<Candidate> embedding() {
    for (Role role : Role.values()) {
      List<Candidate> found = all(role);
      boolean isFlattened = role == Role.BEFORE_CLASSIFIER && found.stream().anyMatch(this::isFlat);
      if (!found.isEmpty() && !isFlattened) {
        return Optional.of(found.get(found.size() - 1));
      }
    }
    return Optional.empty();
  }

  private List<Candidate> all(Role role) {
    return candidates.stream().filter(each -> each.roles().contains(role)).toList();
  }

  /** Whether it holds all points of a map, one after the other. */
  private boolean isFlat(Candidate candidate) {
    TensorId source = Identities.source(graph, candidate.tensor());
    return candidate.rowShape().sizes().size() == 1
        && OF_SHAPE.contains(op(source))
        && !isSinglePoint(taken(source));
  }

  private int[] positions(Iterable<Signature.Port> ports) {
    List<Integer> positions = new ArrayList<>();
    ports.forEach(port -> graph.find(port.tensor().node()).ifPresent(positions::add));
    return positions.stream().mapToInt(Integer::intValue).toArray();
  }

  private void add(LayerOutput output, Role role) {
    roles.computeIfAbsent(output, key -> EnumSet.noneOf(Role.class)).add(role);
  }

  private List<LayerOutput> all(Predicate<LayerOutput> wanted) {
    return outputs.stream().filter(wanted).toList();
  }

  private Optional<LayerOutput> last(Predicate<LayerOutput> wanted) {
    return all(wanted).stream().reduce((before, after) -> after);
  }

  /** Not those of a gate inside a network, from which maps are made again. */
  private void addPooled() {
    last(this::isPooled)
        .filter(
            pooled -> {
              boolean[] after = graph.descendantsOf(pooled.position());
              return outputs.stream()
                  .filter(output -> output.isMap() || output.isSequence())
                  .noneMatch(output -> after[output.position()]);
            })
        .ifPresent(pooled -> add(pooled, Role.LAST_POOLED));
  }

  /** Whether one vector a row is left of several points, before it gets another shape, or after. */
  private boolean isPooled(LayerOutput output) {
    TensorId pooling = output.source();
    while (OF_SHAPE.contains(op(pooling))) {
      pooling = Identities.source(graph, graph.inputTensor(graph.require(pooling.node()), 0));
    }
    if (!output.isVector() || !POOLING.contains(op(pooling))) {
      return false;
    }
    TensorShape taken = taken(pooling);
    return taken.isRankKnown() && taken.sizes().size() >= RANK_WITH_STEPS && !isSinglePoint(taken);
  }

  private TensorShape taken(TensorId tensor) {
    return graph
        .notedShape(graph.inputTensor(graph.require(tensor.node()), 0))
        .map(TensorShape::of)
        .orElse(TensorShape.unknown());
  }

  private static boolean isSinglePoint(TensorShape shape) {
    List<Long> sizes = shape.sizes();
    return sizes.size() >= RANK_WITH_STEPS
        && sizes.subList(1, sizes.size() - 1).stream().allMatch(size -> size == 1);
  }

  private String op(TensorId tensor) {
    return graph.node(graph.require(tensor.node())).getOp();
  }

  private static Candidate candidate(LayerOutput output, Set<Role> roles) {
    return new Candidate(
        output.selector(), output.tensor(), output.dtype(), output.rowShape(), roles);
  }

  /** Whether a selector finds what it was made for: a name may be no selector, or an index. */
  private record Selected(SelectorResolver resolver) {
    Selected(LoadedModel model) {
      this(new SelectorResolver(model.graph(), model.layers(), model.signature()));
    }

    boolean isFound(Candidate candidate) {
      try {
        List<Tap> taps = resolver.resolve(SelectorParser.parse(candidate.selector(), At.OUTPUT));
        return taps.size() == 1 && taps.get(0).tensor().equals(candidate.tensor());
      } catch (UserException e) {
        return false;
      }
    }
  }
}
