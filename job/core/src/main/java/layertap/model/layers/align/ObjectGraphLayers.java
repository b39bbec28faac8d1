package layertap.model.layers.align;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import layertap.model.layers.keras.Keras2Metadata;
import layertap.model.layers.keras.ListedLayer;
import layertap.model.layers.keras.ObjectGraph;
import layertap.model.layers.scope.Variables;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph.TrackableObject.ObjectReference;

/**
 * Lists the layers that a SavedModel's object graph holds. Keras 2 keeps them as the children
 * {@code keras_api/layers} of each model and layer, Keras 3's {@code tf.saved_model.save} as {@code
 * _operations}.
 */
public final class ObjectGraphLayers {
  private static final int MAX_DEPTH = 64;
  private static final String INPUT_LAYER = "InputLayer";
  private static final Pattern CALL_FUNCTION =
      Pattern.compile("__inference_(.+)_layer_call_fn_\\d+");

  private final ObjectGraph objects;
  private final Keras2Metadata metadata;

  public ObjectGraphLayers(ObjectGraph objects, Keras2Metadata metadata) {
    this.objects = objects;
    this.metadata = metadata;
  }

  /** Whether the root is a model that Keras 2 saved. */
  public boolean isKeras2() {
    return !objects.isEmpty()
        && objects.object(ObjectGraph.ROOT).getUserObject().getIdentifier().startsWith("_tf_keras");
  }

  /** Whether any object is a layer of Keras 2, as in a tf.Module that holds a model. */
  public boolean holdKeras2() {
    return IntStream.range(0, objects.graph().getNodesCount())
        .mapToObj(objects::object)
        .anyMatch(object -> object.getUserObject().getIdentifier().startsWith("_tf_keras"));
  }

  /** The layers of {@code model.layers} in Keras 2, with those inside them; empty if unknown. */
  public List<ListedLayer> keras2Layers() {
    return objects.isEmpty() ? List.of() : keras2Inside(ObjectGraph.ROOT, new HashSet<>(), 0);
  }

  private List<ListedLayer> keras2Inside(int object, Set<Integer> around, int depth) {
    OptionalInt list = keras2List(object);
    if (list.isEmpty() || depth > MAX_DEPTH || !around.add(object)) {
      return List.of();
    }
    List<ListedLayer> layers = new ArrayList<>();
    for (int layer : objects.elements(list.getAsInt())) {
      layers.add(describe(layer, keras2Inside(layer, around, depth + 1)));
    }
    around.remove(object);
    return layers;
  }

  /**
   * The layers of {@code model.layers} of a Keras 3 model that {@code tf.saved_model.save} wrote,
   * with those inside them; empty if unknown. Operations on tensors leave gaps in the numbers and
   * are no layers. An InputLayer comes first; a Sequential model does not show it.
   */
  public List<ListedLayer> keras3Layers() {
    return objects.isEmpty() ? List.of() : keras3Inside(ObjectGraph.ROOT, new HashSet<>(), 0);
  }

  private List<ListedLayer> keras3Inside(int model, Set<Integer> around, int depth) {
    boolean isSequential = isSequential(model);
    OptionalInt list = keras3List(model);
    if (list.isEmpty() || depth > MAX_DEPTH || !around.add(model)) {
      return List.of();
    }
    List<ListedLayer> layers = new ArrayList<>();
    for (int layer : objects.elements(list.getAsInt())) {
      layers.add(describe(layer, keras3Inside(layer, around, depth + 1)));
    }
    around.remove(model);
    if (layers.isEmpty()) {
      return layers;
    }
    layers.remove(0);
    if (!isSequential) {
      layers.add(0, new ListedLayer("", INPUT_LAYER, 0, List.of(), List.of(), List.of()));
    }
    return layers;
  }

  private OptionalInt keras2List(int object) {
    return objects.child(object, "keras_api").stream()
        .flatMap(api -> objects.child(api, "layers").stream())
        .findFirst();
  }

  private OptionalInt keras3List(int model) {
    return objects.child(model, isSequential(model) ? "_layers" : "_operations");
  }

  private boolean isSequential(int model) {
    return objects.child(model, "_functional").isPresent();
  }

  /** How many values the variables of the listed model hold that none of its layers has. */
  public long ownParameters() {
    Set<Integer> own = variablesOf(ObjectGraph.ROOT);
    OptionalInt list = isKeras2() ? keras2List(ObjectGraph.ROOT) : keras3List(ObjectGraph.ROOT);
    list.stream()
        .boxed()
        .flatMap(each -> objects.elements(each).stream())
        .forEach(layer -> own.removeAll(variablesOf(layer)));
    return own.stream().mapToLong(objects::variableSize).sum();
  }

  private ListedLayer describe(int object, List<ListedLayer> inside) {
    Set<Integer> variables = variablesOf(object);
    long parameters = 0;
    List<String> names = new ArrayList<>();
    for (int variable : variables) {
      names.add(objects.variable(variable).getName());
      parameters += objects.variableSize(variable);
    }
    return new ListedLayer(
        metadata.name(object).or(() -> nameOfCallFunction(object)).orElse(""),
        metadata.className(object).orElse(isKeras2Input(object) ? INPUT_LAYER : ""),
        parameters,
        names,
        callFunctions(object),
        inside);
  }

  private boolean isKeras2Input(int object) {
    return objects.object(object).getUserObject().getIdentifier().equals("_tf_keras_input_layer");
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
    OptionalInt call = objects.child(object, "__call__");
    return call.isEmpty()
        ? List.of()
        : objects.object(call.getAsInt()).getFunction().getConcreteFunctionsList();
  }

  private Set<Integer> variablesOf(int object) {
    Set<Integer> variables = new LinkedHashSet<>();
    collectVariables(object, variables, new HashSet<>());
    return variables;
  }

  /**
   * A Keras 2 layer lists its variables, inner layers' too; a Keras 3 layer has them as children.
   */
  private void collectVariables(int object, Set<Integer> variables, Set<Integer> seen) {
    if (!seen.add(object)) {
      return;
    }
    OptionalInt list = objects.child(object, "variables");
    for (ObjectReference reference : objects.children(list.orElse(object))) {
      int child = reference.getNodeId();
      if (objects.isVariable(child)) {
        if (!Variables.isSeed(objects.variable(child).getName())) {
          variables.add(child);
        }
      } else if (list.isEmpty() && mayHoldWeights(child, reference.getLocalName())) {
        collectVariables(child, variables, seen);
      }
    }
  }

  /**
   * Whether Keras counts the weights of a layer's child as the layer's. Beside layers, and lists of
   * them, a layer of Keras 3 may hold metrics, and a trained model its optimizer.
   */
  private boolean mayHoldWeights(int object, String name) {
    boolean isOfOthers = name.equals("_inbound_nodes") || name.equals("_outbound_nodes");
    return !isOfOthers && (isKeras2() || isLayerOfKeras3(object) || isList(object));
  }

  private boolean isLayerOfKeras3(int object) {
    return objects.child(object, "_inbound_nodes").isPresent();
  }

  private boolean isList(int object) {
    return objects.object(object).getUserObject().getIdentifier().startsWith("trackable_");
  }
}
