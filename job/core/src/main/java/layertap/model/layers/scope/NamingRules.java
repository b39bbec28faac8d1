package layertap.model.layers.scope;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph;

/** Finds out which rule named the scopes of a graph. */
public final class NamingRules {
  private NamingRules() {}

  /**
   * The variables decide: they bear the layers' true names, {@code cnn/conv1/kernel}, and the scope
   * that reads one shows what became of it, {@code cnn_1/conv1_1} or {@code cnn/conv1}. Without
   * variables the object graph tells Keras 3's exports.
   *
   * @param keras2Names names of all layers that Keras 2 lists; empty if it does not
   */
  public static NamingRule detect(
      GraphIndex graph, Variables variables, SavedObjectGraph objects, Set<String> keras2Names) {
    int exact = 0;
    int suffixed = 0;
    for (int position = 0; position < graph.size(); position++) {
      List<String> scopes = Arrays.asList(graph.node(position).getName().split("/"));
      for (int source : graph.sources(position)) {
        String owner = variables.name(source).map(Variables::owner).orElse("");
        String layer = owner.substring(owner.lastIndexOf('/') + 1);
        if (!layer.isEmpty()) {
          exact += scopes.contains(layer) ? 1 : 0;
          suffixed += hasSuffixed(scopes, layer) ? 1 : 0;
        }
      }
    }
    if (suffixed > exact || (exact == 0 && isKeras3(objects) && keras2Names.isEmpty())) {
      return new NamingRule.Keras3();
    }
    return keras2Names.isEmpty() && !isKeras2Export(objects)
        ? new NamingRule.Plain()
        : new NamingRule.Keras2(keras2Names);
  }

  private static boolean hasSuffixed(List<String> scopes, String layer) {
    return scopes.stream()
        .anyMatch(
            scope ->
                scope.length() > layer.length()
                    && scope.startsWith(layer)
                    && NamingRule.Keras3.strip(scope).equals(layer));
  }

  private static boolean isKeras3(SavedObjectGraph objects) {
    Set<String> children = rootChildren(objects);
    return children.contains("_operations")
        || children.contains("_functional")
        || children.contains("_tracked")
        || (children.contains("_misc_assets") && !isKeras2Export(objects));
  }

  private static boolean isKeras2Export(SavedObjectGraph objects) {
    return rootChildren(objects).contains("_endpoint_signatures");
  }

  private static Set<String> rootChildren(SavedObjectGraph objects) {
    Set<String> names = new HashSet<>();
    IntStream.range(0, Math.min(1, objects.getNodesCount()))
        .mapToObj(objects::getNodes)
        .flatMap(root -> root.getChildrenList().stream())
        .forEach(child -> names.add(child.getLocalName()));
    return names;
  }
}
