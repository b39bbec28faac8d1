package layertap.spark.read;

import java.io.Serializable;
import java.util.Locale;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.NoSuchFunctionException;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.connector.catalog.FunctionCatalog;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.functions.BoundFunction;
import org.apache.spark.sql.connector.catalog.functions.ScalarFunction;
import org.apache.spark.sql.connector.catalog.functions.UnboundFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * A catalog of one SQL function, which packs an array: functions of catalogs get arrays as Spark
 * keeps them, all others get an object for every number. Spark makes it by its name.
 */
public final class PackFunctions implements FunctionCatalog {
  private static final String CATALOG = "layertap_functions";
  private static final String PACK = "pack";

  private String name = CATALOG;

  /** The packed values of a column of arrays of numbers. */
  static Column pack(SparkSession spark, Column arrays) {
    spark.conf().set("spark.sql.catalog." + CATALOG, PackFunctions.class.getName());
    return functions.call_function(CATALOG + "." + PACK, arrays);
  }

  @Override
  public void initialize(String name, CaseInsensitiveStringMap options) {
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Identifier[] listFunctions(String[] namespace) {
    return new Identifier[] {Identifier.of(new String[0], PACK)};
  }

  @Override
  public UnboundFunction loadFunction(Identifier identifier) throws NoSuchFunctionException {
    if (!identifier.name().toLowerCase(Locale.ROOT).equals(PACK)) {
      throw new NoSuchFunctionException(identifier);
    }
    return new Unbound();
  }

  private static final class Unbound implements UnboundFunction {
    @Override
    public BoundFunction bind(StructType inputs) {
      return new Pack((ArrayType) inputs.fields()[0].dataType());
    }

    @Override
    public String description() {
      return PACK;
    }

    @Override
    public String name() {
      return PACK;
    }
  }

  /** Packs arrays of one type. Spark's generated code calls {@link #invoke}, found by its name. */
  public static final class Pack implements ScalarFunction<byte[]>, Serializable {
    private static final long serialVersionUID = 1L;

    private final ArrayType type;

    Pack(ArrayType type) {
      this.type = type;
    }

    /** The packed array; null for null. */
    public byte[] invoke(ArrayData array) {
      return array == null ? null : PackedNumbers.pack(array, type);
    }

    @Override
    public DataType[] inputTypes() {
      return new DataType[] {type};
    }

    @Override
    public DataType resultType() {
      return DataTypes.BinaryType;
    }

    @Override
    public String name() {
      return PACK;
    }
  }
}
