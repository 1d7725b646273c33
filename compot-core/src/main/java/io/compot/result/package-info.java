/** What a compression did, for programs and for people: report, model card, versions. */
@NullMarked
package io.compot.result;

import org.jspecify.annotations.NullMarked;
