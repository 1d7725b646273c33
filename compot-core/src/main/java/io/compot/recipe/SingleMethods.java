package io.compot.recipe;

import io.compot.method.CompressionMethod;
import io.compot.method.MethodProvider;
import io.compot.method.lowrank.AsvdMethod;
import io.compot.method.lowrank.DobiSvdMethod;
import io.compot.method.lowrank.SvdLlmMethod;
import io.compot.method.lowrank.SvdLlmV2Method;
import io.compot.method.lowrank.TruncatedSvdMethod;
import io.compot.method.pruned.SparseGptMethod;
import io.compot.method.pruned.WandaMethod;
import io.compot.method.quantised.GptqMethod;
import io.compot.method.quantised.RoundedFactors;
import io.compot.method.quantised.RtnMethod;
import io.compot.method.quantised.TrellisMethod;
import io.compot.method.sparse.CompotMethod;
import io.compot.method.sparse.CompotPlusMethod;
import io.compot.method.sparse.CospadiMethod;
import io.compot.method.sparse.RocketMethod;
import io.compot.setting.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** The one list of methods; {@link Methods} adds the one that mixes them. */
final class SingleMethods {

  private static final List<Schema<? extends CompressionMethod>> OWN =
      List.of(
          RoundedFactors.schema(CompotMethod.SCHEMA),
          RoundedFactors.schema(CompotPlusMethod.SCHEMA),
          RoundedFactors.schema(CompotPlusMethod.LITE_SCHEMA),
          RoundedFactors.schema(CospadiMethod.SCHEMA),
          RoundedFactors.schema(RocketMethod.SCHEMA),
          RoundedFactors.schema(SvdLlmMethod.SCHEMA),
          RoundedFactors.schema(SvdLlmV2Method.SCHEMA),
          RoundedFactors.schema(DobiSvdMethod.SCHEMA),
          RoundedFactors.schema(AsvdMethod.SCHEMA),
          RoundedFactors.schema(TruncatedSvdMethod.SCHEMA),
          RtnMethod.SCHEMA,
          GptqMethod.SCHEMA,
          TrellisMethod.SCHEMA,
          WandaMethod.SCHEMA,
          SparseGptMethod.SCHEMA);

  private SingleMethods() {}

  /** This project's, and behind them those of {@link MethodProvider providers}. */
  static List<Schema<? extends CompressionMethod>> all() {
    List<Schema<? extends CompressionMethod>> all = new ArrayList<>(OWN);
    ServiceLoader.load(MethodProvider.class).forEach(each -> all.addAll(each.methods()));
    return all;
  }
}
