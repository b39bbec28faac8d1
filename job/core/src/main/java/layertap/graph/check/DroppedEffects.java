package layertap.graph.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import layertap.graph.FunctionLibrary;
import layertap.graph.GraphIndex;
import layertap.graph.GraphWalk;
import layertap.graph.Identities;
import layertap.graph.OpClass;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * What TensorFlow does besides computing when it runs a whole model, and does not when it runs a
 * part of it: assertions about values of the part, assignments to variables that the part reads.
 *
 * <pre>
 *   x ─▶ kept ─▶ dropped ─▶ y          state ─▶ read ─▶ kept
 *          └──▶ Less ─▶ Assert           ▲
 *                                        └── AssignVariableOp ◀─ …
 * </pre>
 */
public final class DroppedEffects {
  private final GraphIndex model;
  private final Set<String> kept;
  private final boolean[] returned;
  private final FunctionLibrary library;

  /**
   * Looks at what is left out of a model.
   *
   * @param model flat, calls bypassed, with no nodes but those that TensorFlow would run
   * @param outputs what the whole model returns
   * @param kept names of the nodes of the part
   */
  public DroppedEffects(GraphIndex model, Collection<TensorId> outputs, Set<String> kept) {
    this.model = model;
    this.kept = Set.copyOf(kept);
    int[] ends = outputs.stream().mapToInt(output -> model.require(output.node())).toArray();
    this.returned = GraphWalk.of(model).along(model::sources).from(ends);
    this.library = new FunctionLibrary(model.graph().getLibrary());
  }

  /** Whether the graph has an op that does more than compute; most models have none. */
  public static boolean areIn(GraphDef graph) {
    return FunctionLibrary.allNodes(graph).anyMatch(node -> Ops.asserts(node) || assigns(node));
  }

  /**
   * An assignment that is not run.
   *
   * @param node that assigns
   * @param variable that it changes
   */
  public record Assignment(String node, String variable) {}

  /** The assertions about nothing but what the part computes. */
  public List<String> assertions() {
    return leftOut()
        .filter(position -> is(model.node(position), Ops::asserts))
        .filter(position -> !returned[position] && isAboutPart(position))
        .map(position -> model.node(position).getName())
        .toList();
  }

  /** The assignments to variables of the part. */
  public List<Assignment> assignments() {
    List<Assignment> found = new ArrayList<>();
    leftOut()
        .filter(position -> is(model.node(position), DroppedEffects::assigns))
        .forEach(position -> addAssignments(position, found));
    return List.copyOf(found);
  }

  private Stream<Integer> leftOut() {
    return Stream.iterate(0, position -> position < model.size(), position -> position + 1)
        .filter(position -> !kept.contains(model.node(position).getName()));
  }

  /** Whether the node, or one of a function that it runs, is of that kind. */
  private boolean is(NodeDef node, Predicate<NodeDef> kind) {
    return kind.test(node) || library.nodesRunBy(node).anyMatch(kind);
  }

  private static boolean assigns(NodeDef node) {
    return OpPolicy.classOf(node.getOp()).filter(found -> found == OpClass.STATE).isPresent();
  }

  /**
   * Whether all that the assertion looks at is computed by the part, or for assertions alone. What
   * the model returns and the part lacks belongs to a layer that was cut off.
   */
  private boolean isAboutPart(int assertion) {
    boolean[] looksAt =
        GraphWalk.of(model)
            .along(model::sources, position -> !Ops.isConstant(model.node(position)))
            .through(position -> !isKept(position))
            .from(assertion);
    int[] others =
        IntStream.range(0, model.size())
            .filter(position -> looksAt[position] && position != assertion)
            .toArray();
    return Arrays.stream(others).anyMatch(this::isKept)
        && Arrays.stream(others)
            .allMatch(position -> isKept(position) || isForAssertions(position));
  }

  private boolean isKept(int position) {
    return kept.contains(model.node(position).getName());
  }

  private boolean isForAssertions(int position) {
    return !returned[position] && !Ops.isPlaceholder(model.node(position));
  }

  private void addAssignments(int position, List<Assignment> found) {
    for (TensorId input : model.inputTensors(position)) {
      String variable = Identities.source(model, input).node();
      boolean isKept = kept.contains(variable);
      if (isKept && Ops.isVariable(model.node(model.require(variable)))) {
        found.add(new Assignment(model.node(position).getName(), variable));
      }
    }
  }
}
