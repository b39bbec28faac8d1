package layertap.graph.fold;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.rewrite.CallBypass;
import layertap.graph.rewrite.Pruner;
import layertap.graph.rewrite.Substitution;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * A graph without what constants and stored variables decide: placeholders that keep their
 * defaults, branches that are never taken, random numbers that nothing depends on.
 *
 * @param graph what the fetched tensors need
 * @param fetches in the order in which they were asked for; null for one in a branch that is never
 *     taken
 */
public record Folding(GraphIndex graph, List<TensorId> fetches) {
  /** Branches in branches; a graph of more is left as it is. */
  private static final int MAX_DEPTH = 50;

  public Folding {
    fetches = Collections.unmodifiableList(new ArrayList<>(fetches));
  }

  /**
   * Folds what tensors need.
   *
   * @param graph whose placeholders with a default are not fed
   * @param stored what its variables hold
   */
  public static Folding of(GraphIndex graph, List<TensorId> fetches, StoredNumbers stored) {
    GraphIndex current = pruned(withDefaults(graph), fetches);
    List<TensorId> values = new ArrayList<>(fetches);
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      ChosenBranches.Result chosen = ChosenBranches.inline(current, stored);
      Substitution bypass = CallBypass.of(chosen.graph(), chosen.calls());
      values.replaceAll(value -> value == null ? null : bypass.resolve(value));
      DeadBranches.Result left = DeadBranches.leaveOut(bypass.apply(chosen.graph()), stored);
      values.replaceAll(value -> alive(value, chosen.graph(), left));
      GraphIndex next = pruned(left.graph(), values);
      if (chosen.calls().isEmpty() && left.closed().isEmpty()) {
        current = next;
        break;
      }
      current = next;
    }
    List<TensorId> found = values.stream().filter(value -> value != null).toList();
    return new Folding(pruned(RandomOps.leaveOut(current, found, stored), found), values);
  }

  /**
   * A graph that calls the functions which constants and stored variables choose, under the names
   * of the nodes that chose, without branches that are never taken. Branches inside of functions
   * stay.
   *
   * @param outputs that stay, even in such a branch
   */
  public static GraphIndex decided(GraphIndex graph, List<TensorId> outputs, StoredNumbers stored) {
    GraphIndex calling = ChosenBranches.calling(graph, stored);
    DeadBranches.Result left = DeadBranches.leaveOut(calling, stored);
    boolean areLeft = outputs.stream().noneMatch(output -> left.dead().contains(output.node()));
    return areLeft ? left.graph() : calling;
  }

  private static GraphIndex pruned(GraphIndex graph, List<TensorId> fetches) {
    Set<TensorId> wanted = new HashSet<>(fetches);
    wanted.remove(null);
    return new GraphIndex(Pruner.prune(graph, wanted), graph.ops());
  }

  private static TensorId alive(TensorId value, GraphIndex before, DeadBranches.Result left) {
    if (value == null || left.dead().contains(value.node())) {
      return null;
    }
    boolean wasSwitch = before.node(before.require(value.node())).getOp().endsWith("Switch");
    boolean isSwitch =
        left.graph().node(left.graph().require(value.node())).getOp().endsWith("Switch");
    if (!wasSwitch || isSwitch) {
      return value;
    }
    return left.closed().contains(value) ? null : new TensorId(value.node(), 0);
  }

  /** The graph with identities in the place of placeholders that keep their defaults. */
  private static GraphIndex withDefaults(GraphIndex graph) {
    GraphDef.Builder changed = graph.graph().toBuilder();
    boolean isSame = true;
    for (NodeDef.Builder node : changed.getNodeBuilderList()) {
      if (node.getOp().equals("PlaceholderWithDefault") && node.getInputCount() > 0) {
        AttrValue type = node.getAttrOrDefault("dtype", AttrValue.getDefaultInstance());
        node.setOp("Identity").removeAttr("dtype").removeAttr("shape").putAttr("T", type);
        isSame = false;
      }
    }
    return isSame ? graph : new GraphIndex(changed.build(), graph.ops());
  }
}
