package layertap.fuzz

import com.google.protobuf.Descriptors.FieldDescriptor
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType
import com.google.protobuf.{ByteString, Message}
import scala.jdk.CollectionConverters._
import scala.util.Random

/** Changes one thing somewhere inside a message: a value, or the presence or order of parts.
  *
  * @param words
  *   texts that mean something in the message: names of nodes, ops, functions
  */
final class ProtoMutations(random: Random, words: IndexedSeq[String]) {
  import ProtoMutations._

  /** The changed message, and what was changed. */
  def mutate(message: Message): (Message, String) = {
    val present = message.getAllFields.keySet.asScala.toIndexedSeq
    if (present.isEmpty) (appear(message), "appears")
    else {
      val field = weighted(present)
      val (changed, what) = mutate(message, field)
      (changed, s"${field.getName}$what")
    }
  }

  private def weighted(fields: IndexedSeq[FieldDescriptor]): FieldDescriptor =
    pick(fields.flatMap(field => Seq.fill(Weights.getOrElse(field.getName, 1))(field)))

  private def mutate(message: Message, field: FieldDescriptor): (Message, String) = {
    val builder = message.toBuilder
    if (!field.isRepeated) {
      val (value, what) = inside(field, message.getField(field))
      value.fold(builder.clearField(field))(builder.setField(field, _))
      (builder.build, what)
    } else {
      val elements = message.getField(field).asInstanceOf[java.util.List[AnyRef]].asScala.toVector
      val at = random.nextInt(elements.size)
      val (changed, what) = (if (descends(field)) 0 else random.nextInt(4)) match {
        case 1 => (elements.patch(at, Nil, 1), " is dropped")
        case 2 => (elements.patch(at, Seq.fill(1 + random.nextInt(3))(elements(at)), 0), " doubles")
        case 3 =>
          val other = random.nextInt(elements.size)
          val swapped = elements.updated(at, elements(other)).updated(other, elements(at))
          (swapped, s" swaps with $other")
        case _ =>
          val (value, what) = inside(field, elements(at))
          (elements.patch(at, value.toSeq, 1), what)
      }
      (builder.setField(field, changed.asJava).build, s"[$at]$what")
    }
  }

  private def descends(field: FieldDescriptor) =
    field.getJavaType == JavaType.MESSAGE && random.nextInt(10) < 9

  /** A new value for a field; none to clear it. */
  private def inside(field: FieldDescriptor, value: AnyRef): (Option[AnyRef], String) =
    value match {
      case _: Message if random.nextInt(20) == 0 => (None, " is cleared")
      case message: Message                      =>
        val (changed, what) = mutate(message)
        (Some(changed), s".$what")
      case old =>
        val changed = scalar(field, old)
        (Some(changed), s" = ${show(changed)}, was ${show(old)}")
    }

  private def scalar(field: FieldDescriptor, old: AnyRef): AnyRef = field.getJavaType match {
    case JavaType.BOOLEAN     => Boolean.box(!old.asInstanceOf[Boolean])
    case JavaType.INT         => Int.box(number(old.asInstanceOf[Int].toLong).toInt)
    case JavaType.LONG        => Long.box(number(old.asInstanceOf[Long]))
    case JavaType.FLOAT       => Float.box(pick(Fractions).toFloat)
    case JavaType.DOUBLE      => Double.box(pick(Fractions))
    case JavaType.ENUM        => pick(field.getEnumType.getValues.asScala.toIndexedSeq)
    case JavaType.STRING      => text(old.asInstanceOf[String])
    case JavaType.BYTE_STRING => bytes(old.asInstanceOf[ByteString])
    case JavaType.MESSAGE     => old
  }

  private def number(old: Long): Long =
    if (random.nextBoolean()) pick(NumberList) else old + random.nextInt(7) - 3

  private def text(old: String): String = random.nextInt(6) match {
    case 0                  => ""
    case 1 if old.nonEmpty  => old.updated(random.nextInt(old.length), 'q')
    case 2                  => old + pick(IndexedSeq(":1", ":7", ":999999999", "/x", ":", "^"))
    case 3                  => if (random.nextInt(20) == 0) "x" * 100000 else "^" + old
    case _ if words.isEmpty => "words"
    case _                  => pick(words)
  }

  private def bytes(old: ByteString): ByteString = random.nextInt(4) match {
    case 0                => ByteString.EMPTY
    case 1                => old.substring(0, random.nextInt(old.size + 1))
    case 2                => old.concat(ByteString.copyFromUtf8("more"))
    case _ if old.isEmpty => ByteString.copyFrom(Array.fill(8)(random.nextInt().toByte))
    case _                =>
      val changed = old.toByteArray
      changed(random.nextInt(changed.length)) = random.nextInt().toByte
      ByteString.copyFrom(changed)
  }

  /** A message without fields gets one. */
  private def appear(message: Message): Message = {
    val fields = message.getDescriptorForType.getFields.asScala.filterNot(_.isRepeated)
    val scalars = fields.filter(_.getJavaType != JavaType.MESSAGE).toIndexedSeq
    if (scalars.isEmpty) message
    else {
      val field = pick(scalars)
      message.toBuilder.setField(field, scalar(field, field.getDefaultValue)).build
    }
  }

  private def pick[A](from: IndexedSeq[A]): A = from(random.nextInt(from.size))
}

object ProtoMutations {

  /** Fields in which most of a model is. */
  private val Weights =
    Map(
      "meta_graphs" -> 40,
      "graph_def" -> 8,
      "library" -> 3,
      "function" -> 5,
      "node" -> 4,
      "node_def" -> 6,
      "attr" -> 4
    )

  private val NumberList =
    IndexedSeq(0L, 1L, -1L, 2L, 300L, 65537L, -(1L << 31), 1L << 31, 1L << 40)
      .++(Seq((1L << 31) - 1, Long.MaxValue, Long.MinValue, Long.MaxValue / 8))

  private val Fractions =
    IndexedSeq(0.0, -1.0, 1e-30, 3e38, Double.NaN, Double.PositiveInfinity, Double.MinValue)

  private def show(value: AnyRef): String = value match {
    case bytes: ByteString => s"${bytes.size} bytes"
    case other             => other.toString.take(60)
  }
}
