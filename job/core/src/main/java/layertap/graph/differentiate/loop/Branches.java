package layertap.graph.differentiate.loop;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.failure.GraphException;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.differentiate.path.Rewriting;
import layertap.graph.differentiate.value.SmallTensor;
import layertap.graph.differentiate.value.StaticValues;
import layertap.graph.rewrite.Substitution;
import org.tensorflow.proto.NodeDef;

/**
 * Puts one branch in the place of an {@code If} whose condition follows from constants and sizes,
 * as that of a crop that enlarges what is too small.
 */
final class Branches {
  private static final String OPEN = "which of its branches runs is not known before a row is read";

  private Branches() {}

  static boolean isBranch(NodeDef node) {
    return node.getOp().equals("If") || node.getOp().equals("StatelessIf");
  }

  /** Replaces one through which a gradient flows, and notes why others cannot be. */
  static boolean replaceOne(Rewriting rewriting, StaticValues values) {
    GraphIndex graph = rewriting.graph();
    for (int position : rewriting.paths().nodes()) {
      NodeDef node = graph.node(position);
      if (isBranch(node)) {
        Optional<Boolean> condition =
            values.of(graph.inputTensor(position, 0)).flatMap(SmallTensor::truth);
        if (condition.isEmpty()) {
          rewriting.refuse(node.getName(), OPEN);
          continue;
        }
        try {
          replace(rewriting, position, condition.get() ? "then_branch" : "else_branch");
          return true;
        } catch (GraphException e) {
          rewriting.refuse(node.getName(), e.getMessage());
        }
      }
    }
    return false;
  }

  private static void replace(Rewriting rewriting, int position, String attribute) {
    GraphIndex graph = rewriting.graph();
    NodeDef node = graph.node(position);
    LoopTemplate branch = LoopTemplate.ofBranch(node, attribute, graph.graph().getLibrary());
    List<TensorId> entering = graph.inputTensors(position);
    Map<TensorId, TensorId> taken = new HashMap<>();
    for (int i = 0; i < branch.variables().size(); i++) {
      taken.put(branch.variables().get(i), entering.get(i + 1));
    }
    String scope = node.getName() + "/layertap_branch/";
    Substitution changes = new Substitution();
    changes.add(branch.inOrder().stream().map(i -> branch.copied(i, scope, taken)).toList());
    for (int i = 0; i < branch.results().size(); i++) {
      TensorId output = new TensorId(node.getName(), i);
      TensorId result = branch.copied(branch.results().get(i), scope, taken);
      // What leaves may be what enters, which others take too.
      String name = "%s/layertap_result_%s".formatted(node.getName(), i);
      changes.replace(output, changes.addIdentity(name, result, graph.type(output)));
    }
    rewriting.apply(changes);
  }
}
