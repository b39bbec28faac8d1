package layertap.model.layers;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedVariable;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph.TrackableObject.ObjectReference;

/**
 * Lists the layers that a SavedModel's object graph holds. Keras 2 keeps them as the children
 * {@code keras_api/layers} of each model and layer, Keras 3's {@code tf.saved_model.save} as {@code
 * _operations}.
 */
final class ObjectGraphLayers {
  private static final int MAX_DEPTH = 64;
  private static final Pattern CALL_FUNCTION =
      Pattern.compile("__inference_(.+)_layer_call_fn_\\d+");

  private final SavedObjectGraph objects;
  private final Keras2Metadata metadata;

  ObjectGraphLayers(SavedObjectGraph objects, Keras2Metadata metadata) {
    this.objects = objects;
    this.metadata = metadata;
  }

  /** Whether the root is a model that Keras 2 saved. */
  boolean isKeras2() {
    return objects.getNodesCount() > 0
        && objects.getNodes(0).getUserObject().getIdentifier().startsWith("_tf_keras");
  }

  /** The layers of {@code model.layers} in Keras 2, with those inside them; empty if unknown. */
  List<ListedLayer> keras2Layers() {
    return objects.getNodesCount() == 0 ? List.of() : inside(0, new HashSet<>(), 0);
  }

  private List<ListedLayer> inside(int object, Set<Integer> around, int depth) {
    OptionalInt list =
        child(object, "keras_api").stream()
            .flatMap(api -> child(api, "layers").stream())
            .findFirst();
    if (list.isEmpty() || depth > MAX_DEPTH || !around.add(object)) {
      return List.of();
    }
    List<ListedLayer> layers = new ArrayList<>();
    for (int layer : elements(list.getAsInt())) {
      layers.add(describe(layer, inside(layer, around, depth + 1)));
    }
    around.remove(object);
    return layers;
  }

  /**
   * The layers of {@code model.layers} of a Keras 3 model that {@code tf.saved_model.save} wrote;
   * empty if unknown. Operations on tensors leave gaps in the numbers and are no layers. An
   * InputLayer comes first; a Sequential model does not show it.
   */
  List<ListedLayer> keras3Layers() {
    if (objects.getNodesCount() == 0) {
      return List.of();
    }
    boolean isSequential = child(0, "_functional").isPresent();
    OptionalInt list = child(0, isSequential ? "_layers" : "_operations");
    List<ListedLayer> layers = new ArrayList<>();
    if (list.isPresent()) {
      elements(list.getAsInt()).forEach(object -> layers.add(describe(object, List.of())));
    }
    if (layers.isEmpty()) {
      return layers;
    }
    layers.remove(0);
    if (!isSequential) {
      layers.add(0, new ListedLayer("", "InputLayer", 0, List.of(), List.of(), List.of()));
    }
    return layers;
  }

  private ListedLayer describe(int object, List<ListedLayer> inside) {
    Set<Integer> variables = new LinkedHashSet<>();
    collectVariables(object, variables, new HashSet<>());
    long parameters = 0;
    List<String> names = new ArrayList<>();
    for (int variable : variables) {
      SavedVariable saved = objects.getNodes(variable).getVariable();
      names.add(saved.getName());
      parameters +=
          saved.getShape().getDimList().stream()
              .mapToLong(TensorShapeProto.Dim::getSize)
              .reduce(1, (a, b) -> a * b);
    }
    return new ListedLayer(
        metadata.name(object).or(() -> nameOfCallFunction(object)).orElse(""),
        metadata.className(object).orElse(""),
        parameters,
        names,
        callFunctions(object),
        inside);
  }

  /** Keras 2 names the functions of a layer after it, also where it writes no metadata. */
  private Optional<String> nameOfCallFunction(int object) {
    return callFunctions(object).stream()
        .map(CALL_FUNCTION::matcher)
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1))
        .findFirst();
  }

  private List<String> callFunctions(int object) {
    OptionalInt call = child(object, "__call__");
    return call.isEmpty()
        ? List.of()
        : objects.getNodes(call.getAsInt()).getFunction().getConcreteFunctionsList();
  }

  /**
   * A Keras 2 layer lists its variables, inner layers' too; a Keras 3 layer has them as children.
   */
  private void collectVariables(int object, Set<Integer> variables, Set<Integer> seen) {
    if (!seen.add(object)) {
      return;
    }
    OptionalInt list = child(object, "variables");
    for (ObjectReference reference : objects.getNodes(list.orElse(object)).getChildrenList()) {
      int node = reference.getNodeId();
      if (!isNode(node)) {
        continue;
      }
      if (objects.getNodes(node).getKindCase() == SavedObject.KindCase.VARIABLE) {
        if (!Variables.isSeed(objects.getNodes(node).getVariable().getName())) {
          variables.add(node);
        }
      } else if (list.isEmpty() && isPart(reference.getLocalName())) {
        collectVariables(node, variables, seen);
      }
    }
  }

  private static boolean isPart(String childName) {
    return !childName.equals("_inbound_nodes") && !childName.equals("_outbound_nodes");
  }

  private OptionalInt child(int object, String name) {
    return objects.getNodes(object).getChildrenList().stream()
        .filter(reference -> reference.getLocalName().equals(name) && isNode(reference.getNodeId()))
        .mapToInt(ObjectReference::getNodeId)
        .findFirst();
  }

  private List<Integer> elements(int list) {
    return objects.getNodes(list).getChildrenList().stream()
        .filter(reference -> reference.getLocalName().chars().allMatch(Character::isDigit))
        .sorted((a, b) -> Integer.compare(number(a), number(b)))
        .map(ObjectReference::getNodeId)
        .filter(this::isNode)
        .toList();
  }

  private static int number(ObjectReference reference) {
    String digits = reference.getLocalName();
    return digits.isEmpty() || digits.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(digits);
  }

  private boolean isNode(int id) {
    return id >= 0 && id < objects.getNodesCount();
  }
}
