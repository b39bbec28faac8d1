package layertap.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
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
 */
public record Signature(String name, Map<String, Port> inputs, Map<String, Port> outputs) {
  public Signature {
    inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
    outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
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
    return new Signature(name, ports(definition.getInputsMap()), ports(definition.getOutputsMap()));
  }

  /** Leaves out what is no single tensor (sparse and ragged ones): no feed could fill it. */
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
                    TensorShape.of(info.getTensorShape())));
          }
        });
    return ports;
  }
}
