package layertap.model.saved;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import layertap.failure.NearestNames;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/**
 * What a SignatureDef takes and returns, by its own names.
 *
 * @param name key of the SignatureDef
 * @param inputs by name, sorted
 * @param outputs by name, sorted
 * @param composites names of inputs and outputs that are no single tensors: sparse or ragged ones
 */
public record Signature(
    String name, Map<String, Port> inputs, Map<String, Port> outputs, Set<String> composites) {
  public Signature {
    inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
    outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
    composites = Set.copyOf(composites);
  }

  /**
   * One input or output.
   *
   * @param tensor of the graph
   * @param dtype declared for it
   * @param shape declared for it, batch axis included
   */
  public record Port(TensorId tensor, DataType dtype, TensorShape shape) {}

  static Signature of(String name, SignatureDef definition) {
    Set<String> composites = new HashSet<>();
    for (Map<String, TensorInfo> infos :
        List.of(definition.getInputsMap(), definition.getOutputsMap())) {
      infos.forEach(
          (key, info) -> {
            if (info.getEncodingCase() != TensorInfo.EncodingCase.NAME) {
              composites.add(key);
            }
          });
    }
    return new Signature(
        name, ports(definition.getInputsMap()), ports(definition.getOutputsMap()), composites);
  }

  /**
   * What a signature has instead of a name that was asked for, for messages.
   *
   * @param key that {@code ports} lack
   * @param ports the inputs or the outputs
   */
  public String instead(String key, Map<String, Port> ports) {
    if (composites.contains(key)) {
      return "a ragged or sparse tensor of that name; only plain tensors can be fed and tapped";
    }
    if (ports.isEmpty()) {
      return "no plain tensor; export the model with one";
    }
    List<String> nearest = NearestNames.of(key, ports.keySet());
    return "%s; write { %s = %s, … }"
        .formatted(
            String.join(", ", nearest), ports.equals(inputs) ? "input" : "output", nearest.get(0));
  }

  private static Map<String, Port> ports(Map<String, TensorInfo> infos) {
    Map<String, Port> ports = new TreeMap<>();
    infos.forEach(
        (key, info) -> {
          if (info.getEncodingCase() == TensorInfo.EncodingCase.NAME) {
            ports.put(
                key,
                new Port(
                    TensorId.parse(info.getName()),
                    info.getDtype(),
                    info.hasTensorShape()
                        ? TensorShape.of(info.getTensorShape())
                        : TensorShape.unknown()));
          }
        });
    return ports;
  }
}
