package layertap.model.layers.keras;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.model.layers.keras.Topology.Element;
import layertap.model.layers.keras.Topology.Reference;
import layertap.model.layers.keras.Topology.Returned;

/**
 * Reads the configuration of a Functional or Sequential model as {@code model.to_json()} writes it,
 * in Keras 2 or Keras 3. In the former a tensor is {@code ["conv1", 0, 0, {}]}, in the latter an
 * object of class {@code __keras_tensor__} with the same three in {@code keras_history}.
 */
final class TopologyParser {
  private static final Set<String> IDENTITIES =
      Set.of(
          "InputLayer",
          "Dropout",
          "SpatialDropout1D",
          "SpatialDropout2D",
          "SpatialDropout3D",
          "GaussianDropout",
          "GaussianNoise",
          "AlphaDropout",
          "ActivityRegularization",
          "Identity");

  private TopologyParser() {}

  /**
   * The topology in a JSON text.
   *
   * @return empty if the text is JSON of a model that does not name its layers (a subclassed one)
   * @throws IllegalArgumentException if it is no model's JSON
   */
  static Optional<Topology> parse(String json) {
    try {
      JsonNode model = PythonJson.MAPPER.readTree(json);
      if (model == null || !model.path("config").isObject()) {
        throw new IllegalArgumentException("it is not the configuration of a Keras model");
      }
      return parseModel(model);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("it is not JSON: %s".formatted(e.getOriginalMessage()), e);
    }
  }

  private static Optional<Topology> parseModel(JsonNode model) {
    JsonNode config = model.path("config");
    if (!config.path("layers").isArray()) {
      return Optional.empty();
    }
    String name = config.path("name").asText(model.path("class_name").asText());
    return Optional.of(
        config.has("output_layers") ? functional(name, config) : sequential(name, config));
  }

  private static Topology functional(String name, JsonNode config) {
    boolean isKeras3 = isKeras3(config);
    Map<String, Integer> firstCalls = isKeras3 ? Map.of() : firstCalls(config);
    Map<String, Integer> firstReturned = isKeras3 ? firstReturned(config) : firstCalls;
    List<Element> layers = new ArrayList<>();
    for (JsonNode layer : config.path("layers")) {
      List<List<Reference>> calls = new ArrayList<>();
      for (JsonNode call : layer.path("inbound_nodes")) {
        calls.add(renumber(references(call), firstCalls));
      }
      boolean isInput = layer.path("class_name").asText().equals("InputLayer");
      layers.add(element(layer, isInput ? List.of(List.of()) : calls));
    }
    return new Topology(
        name,
        false,
        layers,
        renumber(references(config.path("input_layers")), firstReturned),
        renumber(references(config.path("output_layers")), firstReturned),
        keys(config.path("output_layers")));
  }

  private static Topology sequential(String name, JsonNode config) {
    List<Element> layers = new ArrayList<>();
    List<Reference> previous = List.of();
    List<Reference> inputs = List.of();
    for (JsonNode layer : config.path("layers")) {
      Element element = element(layer, List.of(previous));
      previous = List.of(new Reference(element.name(), 0, 0));
      inputs = element.isInput() ? previous : inputs;
      layers.add(element);
    }
    return new Topology(name, true, layers, inputs, previous, List.of());
  }

  private static Element element(JsonNode layer, List<List<Reference>> calls) {
    JsonNode config = layer.path("config");
    String className = layer.path("class_name").asText();
    String name = layer.path("name").asText(config.path("name").asText());
    boolean isOperation = layer.path("module").asText().startsWith("keras.src.ops");
    boolean isIdentity =
        isOfKeras(layer)
            && (IDENTITIES.contains(className)
                || (className.equals("Activation")
                    && config.path("activation").asText().equals("linear")));
    Topology nested = parseModel(layer).filter(model -> model.unnamed().isEmpty()).orElse(null);
    return new Element(
        name,
        className,
        isOfKeras(layer),
        !isOperation,
        isIdentity,
        returned(config),
        calls,
        nested);
  }

  /** Whether the class is no user's; old versions of Keras do not tell the module. */
  private static boolean isOfKeras(JsonNode layer) {
    String module = layer.path("module").asText();
    return !layer.has("module")
        || module.equals("keras")
        || module.startsWith("keras.")
        || module.startsWith("tf_keras.");
  }

  private static Returned returned(JsonNode config) {
    boolean isTold = config.has("return_sequences") && config.has("return_state");
    return isTold
        ? new Returned(
            config.path("return_sequences").asBoolean(), config.path("return_state").asBoolean())
        : null;
  }

  /**
   * Keras 2 counts the making of a model as a call: one called twice has the calls 1 and 2 in
   * references though it lists two. What lies above the listed number tells the first.
   */
  private static Map<String, Integer> firstCalls(JsonNode config) {
    Map<String, Integer> highest = new HashMap<>();
    for (Reference reference : references(config)) {
      highest.merge(reference.layer(), reference.call(), Math::max);
    }
    Map<String, Integer> first = new HashMap<>();
    for (JsonNode layer : config.path("layers")) {
      int listed = Math.max(1, layer.path("inbound_nodes").size());
      String name = layer.path("name").asText();
      first.put(name, Math.max(0, highest.getOrDefault(name, 0) - (listed - 1)));
    }
    return first;
  }

  private static boolean isKeras3(JsonNode config) {
    return config.findValues("inbound_nodes").stream()
        .anyMatch(calls -> isKeras3Call(calls.path(0)));
  }

  private static boolean isKeras3Call(JsonNode node) {
    return node.has("args") && node.path("kwargs").isObject();
  }

  /** Keras 3 counts the making of a functional model only where it tells what a model returns. */
  private static Map<String, Integer> firstReturned(JsonNode config) {
    Map<String, Integer> first = new HashMap<>();
    for (JsonNode layer : config.path("layers")) {
      first.put(layer.path("name").asText(), layer.path("config").has("output_layers") ? 1 : 0);
    }
    return first;
  }

  private static List<Reference> renumber(List<Reference> references, Map<String, Integer> first) {
    return references.stream()
        .map(
            from ->
                new Reference(
                    from.layer(), from.call() - first.getOrDefault(from.layer(), 0), from.output()))
        .toList();
  }

  /**
   * All tensors that a part of the configuration names, in order; nested models apart. Keras 2
   * writes what a call takes by name beside each tensor of its first argument, in the call's order.
   */
  private static List<Reference> references(JsonNode node) {
    List<Reference> found = new ArrayList<>();
    Set<JsonNode> named = new LinkedHashSet<>();
    collect(node, found, named);
    named.forEach(arguments -> arguments.forEach(value -> found.addAll(references(value))));
    return found;
  }

  private static void collect(JsonNode node, List<Reference> found, Set<JsonNode> named) {
    if (isKeras3Call(node)) {
      collect(node.get("args"), found, named);
      for (String argument : keys(node.get("kwargs"))) {
        JsonNode value = node.get("kwargs").get(argument);
        if (!isCarriedMask(argument, value)) {
          collect(value, found, named);
        }
      }
      return;
    }
    if (isHistory(node)) {
      if (!node.get(0).asText().startsWith("_CONSTANT_VALUE")) {
        found.add(new Reference(node.get(0).asText(), node.get(1).asInt(), node.get(2).asInt()));
      }
      if (node.path(3).size() > 0) {
        named.add(node.get(3));
      }
      return;
    }
    if (node.isObject() && node.path("config").path("layers").isArray()) {
      collect(node.path("inbound_nodes"), found, named);
      return;
    }
    if (node.isObject()) {
      keys(node).forEach(key -> collect(node.get(key), found, named));
      return;
    }
    node.forEach(child -> collect(child, found, named));
  }

  /**
   * Whether Keras 3 itself hands this on beside the inputs: its masks are of booleans; others, such
   * as a tokenizer's, are inputs like any other.
   */
  private static boolean isCarriedMask(String argument, JsonNode value) {
    return argument.contains("mask")
        && value.findValuesAsText("dtype").stream().allMatch("bool"::equals);
  }

  /** Keras 3 orders what is given by name by these names, and both order what is nested so. */
  private static List<String> keys(JsonNode node) {
    return node.properties().stream().map(Map.Entry::getKey).sorted().toList();
  }

  private static boolean isHistory(JsonNode node) {
    return node.isArray()
        && node.size() >= 3
        && node.get(0).isTextual()
        && node.get(1).isInt()
        && (node.get(2).isInt() || node.get(0).asText().startsWith("_CONSTANT_VALUE"));
  }
}
