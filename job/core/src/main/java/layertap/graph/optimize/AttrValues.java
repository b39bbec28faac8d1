package layertap.graph.optimize;

import com.google.protobuf.ByteString;
import java.util.List;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;

/** Makes the values of nodes' attributes. */
final class AttrValues {
  private AttrValues() {}

  static AttrValue text(String value) {
    return AttrValue.newBuilder().setS(ByteString.copyFromUtf8(value)).build();
  }

  static AttrValue number(long value) {
    return AttrValue.newBuilder().setI(value).build();
  }

  static AttrValue type(DataType type) {
    return AttrValue.newBuilder().setType(type).build();
  }

  static AttrValue numbers(List<Long> values) {
    return list(AttrValue.ListValue.newBuilder().addAllI(values));
  }

  static AttrValue types(List<DataType> values) {
    return list(AttrValue.ListValue.newBuilder().addAllType(values));
  }

  static AttrValue texts(List<String> values) {
    return list(
        AttrValue.ListValue.newBuilder()
            .addAllS(values.stream().map(ByteString::copyFromUtf8).toList()));
  }

  private static AttrValue list(AttrValue.ListValue.Builder values) {
    return AttrValue.newBuilder().setList(values).build();
  }
}
