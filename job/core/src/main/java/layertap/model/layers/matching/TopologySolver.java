package layertap.model.layers.matching;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.graph.TensorId;
import layertap.model.layers.GradientTensors;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.keras.Topology;
import layertap.model.layers.keras.Topology.Element;
import layertap.model.layers.keras.Topology.Reference;

/**
 * Finds for each call of a topology its traced call, and for each of its Keras tensors the tensor
 * of the graph. {@link Facts} begin with what the signature tells. Rules add what follows; whenever
 * something becomes known, they run again for the calls that it concerns, until nothing changes.
 * Only then a rule of last resort chooses between equals.
 */
public final class TopologySolver {
  private final CallTensors callTensors;
  private final TracedLayers tracedLayers;
  private final List<Rule> certain;
  private final List<Rule> askingOthers;
  private final List<Rule> lastResorts;

  /**
   * Makes a solver.
   *
   * @param rules in any order
   */
  public TopologySolver(CallTensors callTensors, TracedLayers tracedLayers, List<Rule> rules) {
    this.callTensors = callTensors;
    this.tracedLayers = tracedLayers;
    this.certain = rules.stream().filter(rule -> !rule.isLastResort()).toList();
    this.askingOthers = certain.stream().filter(Rule::asksOtherLayers).toList();
    this.lastResorts = rules.stream().filter(Rule::isLastResort).toList();
  }

  /**
   * Solves a topology.
   *
   * @param model the call of the model itself
   * @param inputs tensors that the model's inputs are known to be, by name of the InputLayer
   * @param outputs tensors that the model's outputs are known to be, by position
   */
  public SolvedTopology solve(
      Topology topology,
      TracedCall model,
      Map<String, TensorId> inputs,
      Map<Integer, TensorId> outputs) {
    Facts facts = new Facts(callTensors::source);
    begin(topology, model, inputs, outputs, facts);
    return solve(facts);
  }

  /**
   * Solves a call that a signature makes of a model inside, beside the model around it. Of what it
   * takes nothing is known but what the call itself shows.
   *
   * @param element of the model inside
   * @param names of the model inside, after those of the models around it
   */
  public SolvedTopology solveBeside(Element element, List<String> names, TracedCall call) {
    Facts facts = new Facts(callTensors::source);
    facts.add(TopologyLevel.beside(element, names, new TracedLayer(List.of(call), false)));
    return solve(facts);
  }

  private SolvedTopology solve(Facts facts) {
    do {
      while (facts.hasChanged()) {
        TopologyCall call = facts.nextChanged();
        certain.forEach(rule -> rule.conclude(call, facts));
      }
      tryForAll(askingOthers, facts);
      if (!facts.hasChanged()) {
        tryForAll(lastResorts, facts);
      }
    } while (facts.hasChanged());
    return new SolvedTopology(byNames(facts), new Contradictions(facts, callTensors).find());
  }

  private void begin(
      Topology topology,
      TracedCall model,
      Map<String, TensorId> inputs,
      Map<Integer, TensorId> outputs,
      Facts facts) {
    List<KerasTensor> taken = topology.inputs().stream().map(input -> new KerasTensor()).toList();
    TopologyLevel level =
        tracedLayers.inside(topology, List.of(), List.of(), Optional.of(model), taken);
    facts.add(level);
    for (int i = 0; i < taken.size(); i++) {
      facts.same(level.taken().get(i), taken.get(i));
      Reference input = topology.inputs().get(i);
      if (inputs.containsKey(input.layer())) {
        facts.know(taken.get(i), inputs.get(input.layer()), Facts.Teller.SIGNATURE);
      }
    }
    outputs.forEach(
        (position, tensor) -> {
          if (position < level.returned().size()) {
            facts.know(level.returned().get(position), tensor, Facts.Teller.SIGNATURE);
          }
        });
  }

  /** Until something becomes known. */
  private void tryForAll(List<Rule> rules, Facts facts) {
    for (Rule rule : rules) {
      for (TopologyCall call : List.copyOf(facts.calls())) {
        rule.conclude(call, facts);
        if (facts.hasChanged()) {
          return;
        }
      }
    }
  }

  private Map<List<String>, List<SolvedCall>> byNames(Facts facts) {
    List<SolvedCall> solved = new ArrayList<>();
    OwnTensors own = new OwnTensors(facts, callTensors);
    facts.calls().forEach(call -> solved.add(solved(call, facts, own)));
    for (TopologyCall call : facts.calls()) {
      if (call.isModel() && !facts.isOpen(call)) {
        addInside(call.element().nested(), call.names(), call.numbers(), solved);
      }
    }
    Map<List<String>, List<SolvedCall>> byNames = new LinkedHashMap<>();
    solved.forEach(
        call -> byNames.computeIfAbsent(call.names(), key -> new ArrayList<>()).add(call));
    return byNames;
  }

  private SolvedCall solved(TopologyCall call, Facts facts, OwnTensors own) {
    // Of functions such as tf.einsum, whose first argument is no tensor, Keras 2 writes no inputs.
    boolean areListed = !call.inputs().isEmpty() || call.element().isInput();
    Map<Integer, TensorId> outputs = new LinkedHashMap<>();
    Set<Integer> unknownOutputs = new HashSet<>(facts.outputs(call).keySet());
    facts
        .outputs(call)
        .forEach(
            (position, tensor) ->
                name(tensor, facts).ifPresent(named -> outputs.put(position, named)));
    unknownOutputs.removeAll(outputs.keySet());
    return new SolvedCall(
        call.element(),
        call.names(),
        call.numbers(),
        facts.tracedCall(call).orElse(null),
        call.traced().calls(),
        call.inputs().stream().flatMap(tensor -> name(tensor, facts).stream()).toList(),
        areListed && facts.knowsInputs(call),
        outputs,
        unknownOutputs,
        own.of(call));
  }

  private Optional<TensorId> name(KerasTensor tensor, Facts facts) {
    return facts.knownTensor(tensor).name(named -> callTensors.graph().require(named.node()));
  }

  /**
   * Adds the calls inside a call of a model that is not found in the graph: the layers are there,
   * and their calls do not shift the numbers of those that are found.
   */
  private static void addInside(
      Topology model, List<String> around, List<Integer> numbers, List<SolvedCall> solved) {
    for (Element element : model.layers()) {
      for (int i = 0; i < element.calls().size(); i++) {
        List<String> names = TopologyLevel.append(around, element.name());
        List<Integer> inner = TopologyLevel.append(numbers, i);
        solved.add(
            new SolvedCall(
                element,
                names,
                inner,
                null,
                List.of(),
                List.of(),
                element.isInput(),
                Map.of(),
                Set.of(),
                GradientTensors.NONE));
        if (element.nested() != null) {
          addInside(element.nested(), names, inner, solved);
        }
      }
    }
  }
}
