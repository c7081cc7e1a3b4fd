/* The records that Python hands to both pages, field by field as Python declares them: those of
 * forgetdemo/views/records.py, and from `Site` on those of export/web/records.py. A test holds the
 * two together. Types alone: no page loads this file.
 *
 * Shares are fractions 0..1, pictures data URLs; a role is a colour and a hatch of style.css. */

/**
 * What each view takes, by its name in `forgetdemo.views`.
 * @typedef {object} Views
 * @property {Comparison} comparison
 * @property {Preview} preview
 * @property {Confusion} confusion
 * @property {Headline} headline
 * @property {PerClass} perClass
 * @property {MaskShares} maskShares
 * @property {Progress} progress
 * @property {Curves} curves
 * @property {Pictures} pictures
 * @property {Heat} heat
 * @property {Morph} morph
 * @property {Audit} audit
 * @property {Methods} methods
 * @property {Pairs} pairs
 * @property {Lesson} lesson
 * @property {Inside} inside
 * @property {Unit} unit
 * @property {Strokes} strokes
 * @property {Cloud} cloud
 * @property {Sureness} sureness
 */

/**
 * The models' answers to one drawing, side by side.
 * @typedef {object} Comparison
 * @property {string[]} classes
 * @property {ComparisonColumn[]} columns
 * @property {string} sentence
 */

/**
 * One model's answer; null: nothing was asked.
 * @typedef {object} ComparisonColumn
 * @property {string} key
 * @property {string} title
 * @property {string} role
 * @property {number[] | null} probabilities
 */

/**
 * What the models see.
 * @typedef {object} Preview
 * @property {string | null} picture
 * @property {string} note
 */

/**
 * Counts of answers, rows by truth. `still`: nothing is behind its cells.
 * @typedef {object} Confusion
 * @property {string} title
 * @property {string} role
 * @property {string[]} classes
 * @property {number} forget
 * @property {number[][]} counts
 * @property {boolean} [still]
 */

/**
 * The figures above everything else, as text.
 * @typedef {Figure[]} Headline
 */

/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {string} before
 * @property {string} after
 * @property {string} note
 */

/**
 * Accuracy by class.
 * @typedef {object} PerClass
 * @property {string[]} classes
 * @property {number} forget
 * @property {number[]} before
 * @property {number[] | null} after
 */

/**
 * The certificate of a mask: how many weights it let move, and that no other did.
 * @typedef {object} MaskShares
 * @property {number} editable
 * @property {number} total
 * @property {number} fraction
 * @property {number} changed
 * @property {number} max_abs_change_outside
 * @property {Record<string, MaskLayer>} layers
 */

/**
 * @typedef {object} MaskLayer
 * @property {number} editable
 * @property {number} total
 * @property {number} changed
 * @property {number} max_abs_change
 * @property {number} relative_change
 */

/**
 * How far a run has come; null: nobody knows.
 * @typedef {object} Progress
 * @property {string} text
 * @property {number | null} share
 * @property {"running" | "done" | "failed"} state
 */

/**
 * Lines over steps. `xMax` fixes the axis while a run goes on.
 * @typedef {object} Curves
 * @property {string} title
 * @property {string} xLabel
 * @property {number[]} [yRange]
 * @property {number | null} [xMax]
 * @property {Band} [band]
 * @property {Line[]} lines
 */

/**
 * Where several lines lie: step, lowest, highest.
 * @typedef {object} Band
 * @property {string} name
 * @property {string} role
 * @property {number[][]} points
 */

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} [role]
 * @property {number[][]} points
 */

/**
 * Pictures to click; `reveal`: say the label, and come into sight.
 * @typedef {object} Pictures
 * @property {string} label
 * @property {Picture[]} items
 * @property {boolean} [reveal]
 * @property {string} [empty]
 */

/**
 * @typedef {object} Picture
 * @property {string} label
 * @property {string} picture
 * @property {string} [title]
 * @property {string} [caption]
 */

/**
 * Which weights moved.
 * @typedef {HeatLayer[]} Heat
 */

/**
 * @typedef {object} HeatLayer
 * @property {string} layer
 * @property {string} picture
 * @property {number} width
 * @property {number} height
 * @property {number} changed
 * @property {number} total
 * @property {number} largest
 */

/**
 * Between two digits; answers by model, as titles and roles are.
 * @typedef {object} Morph
 * @property {string[]} classes
 * @property {string[]} titles
 * @property {string[]} roles
 * @property {MorphStep[]} steps
 */

/**
 * @typedef {object} MorphStep
 * @property {string} picture
 * @property {MorphAnswer[]} answers
 */

/**
 * @typedef {object} MorphAnswer
 * @property {number} answer
 * @property {number} confidence
 */

/**
 * audit.json, as far as it is drawn. Curves by model and by images; destinations by model.
 * @typedef {object} Audit
 * @property {string[]} classes
 * @property {number} forget_class
 * @property {AuditRow[]} rows
 * @property {number[]} steps
 * @property {Record<string, Record<string, number[]>>} curves
 * @property {Record<string, number[]>} destinations
 * @property {AuditCertificate | null} certificate
 * @property {AuditVerdict} verdict
 * @property {AuditAbout} about
 */

/**
 * One measure of all models; null: not measured, or beyond `cap`.
 * @typedef {object} AuditRow
 * @property {string} name
 * @property {string} title
 * @property {string} group
 * @property {string} arrow
 * @property {string} unit
 * @property {number | null} low
 * @property {number | null} high
 * @property {string} explain
 * @property {number | null} run
 * @property {number | null} original
 * @property {number | null} held_out
 * @property {number | null} control
 * @property {number | null} random_init
 * @property {(number | null)[]} oracles
 * @property {number | null} oracle_mean
 * @property {number | null} oracle_sd
 * @property {number | null} z
 * @property {boolean | null} inside
 * @property {boolean | null} reliable
 * @property {number | null} cap
 * @property {string[]} flags
 */

/**
 * A mask's certificate, and what the audit found outside the mask.
 * @typedef {object} AuditCertificate
 * @property {number} editable
 * @property {number} total
 * @property {number} changed
 * @property {number} max_abs_change_outside
 * @property {number} integrity
 */

/**
 * @typedef {object} AuditVerdict
 * @property {string} level
 * @property {string} sentence
 */

/**
 * @typedef {object} AuditAbout
 * @property {number} oracles
 * @property {HeldOut} held_out
 */

/**
 * How often the held-out oracle lies among the others.
 * @typedef {object} HeldOut
 * @property {number} inside
 * @property {number} judged
 */

/**
 * Methods side by side.
 * @typedef {object} Methods
 * @property {MethodColumn[]} columns
 * @property {MethodRow[]} rows
 * @property {Scatter[]} panels
 * @property {string} note
 */

/**
 * @typedef {object} MethodColumn
 * @property {string} name
 * @property {string} title
 * @property {string} arrow
 * @property {string} unit
 * @property {string} explain
 */

/**
 * A note stands in place of the cells.
 * @typedef {object} MethodRow
 * @property {string} name
 * @property {string} note
 * @property {Record<string, MethodCell>} cells
 */

/**
 * Over seeds; `beyond` counts those that ended beyond the curve.
 * @typedef {object} MethodCell
 * @property {number | null} mean
 * @property {number | null} sd
 * @property {number} beyond
 */

/**
 * A figure against retained accuracy, and where the oracles lie.
 * @typedef {object} Scatter
 * @property {string} title
 * @property {string} yLabel
 * @property {ScatterPoint[]} points
 * @property {number[] | null} band
 */

/**
 * @typedef {object} ScatterPoint
 * @property {string} name
 * @property {string} role
 * @property {number} x
 * @property {number} y
 */

/**
 * The map of all pairs.
 * @typedef {object} Pairs
 * @property {string[]} classes
 * @property {Pair[]} rows
 * @property {string[]} notes
 */

/**
 * @typedef {object} Pair
 * @property {number} forget
 * @property {number} redirect
 * @property {number} drop
 * @property {number} redirect_rate
 * @property {number} seconds
 */

/**
 * A network of the lesson: why it fools, and what was measured of it, all shares.
 * @typedef {object} LessonNetwork
 * @property {string} key
 * @property {string} title
 * @property {string} role
 * @property {string} why
 * @property {number} acc_forget
 * @property {number} acc_retain
 * @property {number} probe
 * @property {number} rebuilt
 */

/**
 * The lesson: After, output switched off, retrained, the project's own method, in this order.
 * Answers by key, "before" among them; null: a blank pad. Taught answers and curves: of the same
 * networks once each was taught five images; null: nobody taught them yet.
 * @typedef {object} Lesson
 * @property {string[]} classes
 * @property {number} forget
 * @property {number | null} redirect
 * @property {boolean} query
 * @property {boolean} inside
 * @property {LessonNetwork[]} networks
 * @property {Picture[]} samples
 * @property {Record<string, number[]> | null} answers
 * @property {Record<string, number[]> | null} taught
 * @property {Record<string, number[][]> | null} curves
 * @property {boolean} teaching
 * @property {string} status
 */

/**
 * What a layer leaves, in each model: tiles in rows of `across`, on one scale. `strengths` of each
 * unit, 0..1; `differs`: units that differ between the models; `names` of units, if they have some.
 * @typedef {object} InsideLayer
 * @property {string} title
 * @property {string} words
 * @property {number} across
 * @property {number} count
 * @property {string[]} names
 * @property {(string | null)[]} pictures
 * @property {number[][]} strengths
 * @property {number[]} differs
 */

/**
 * Two models' layers, and the picture that they see. `chosen`: layer and unit, or nothing.
 * @typedef {object} Inside
 * @property {string | null} picture
 * @property {string[]} titles
 * @property {string[]} roles
 * @property {InsideLayer[]} layers
 * @property {number[]} chosen
 */

/**
 * A unit in one model: what it does, and the test images that it answers most strongly to.
 * @typedef {object} UnitColumn
 * @property {string} title
 * @property {string} role
 * @property {string} words
 * @property {Picture[]} items
 */

/**
 * A unit in each model.
 * @typedef {object} Unit
 * @property {string} title
 * @property {UnitColumn[]} columns
 */

/**
 * Which ink speaks for a model's answer, and which against; null: nothing was asked.
 * @typedef {object} StrokesColumn
 * @property {string} title
 * @property {string} role
 * @property {string} answer
 * @property {string | null} speaks
 * @property {string | null} against
 */

/**
 * The same for each model.
 * @typedef {object} Strokes
 * @property {StrokesColumn[]} columns
 */

/**
 * Where test images lie in each model, and the drawing (`at`). `marked`: the label to see.
 * @typedef {object} Cloud
 * @property {string[]} titles
 * @property {string[]} roles
 * @property {string[]} labels
 * @property {string} marked
 * @property {number[][][]} places
 * @property {(number[] | null)[]} at
 * @property {string[]} words
 */

/**
 * The classes that cannot be excluded at a level, most probable first.
 * @typedef {object} SureSet
 * @property {string} level
 * @property {string[]} names
 */

/**
 * The sets of one model; not `asked`: of a blank drawing.
 * @typedef {object} SureColumn
 * @property {string} title
 * @property {string} role
 * @property {boolean} asked
 * @property {SureSet[]} sets
 */

/**
 * How sure each model is. `doubt`: why the drawing may be no digit, or nothing.
 * @typedef {object} Sureness
 * @property {string} doubt
 * @property {SureColumn[]} columns
 */

/**
 * Thresholds of how sure the models are.
 * @typedef {object} Sure
 * @property {Record<string, number>} least
 * @property {number} energy
 */

/**
 * What the static page is about, in index.html itself.
 * @typedef {object} Site
 * @property {string[]} classes
 * @property {number} forget_class
 * @property {number | null} redirect_to
 * @property {SiteModel[]} models
 * @property {string} format
 * @property {number} max_bytes
 * @property {number} preprocess_version
 * @property {Sure | null} sure
 * @property {Record<string, SiteFile>} files
 */

/**
 * A shipped model: the file that travels, whole or as a patch of before.onnx.
 * @typedef {object} SiteModel
 * @property {string} key
 * @property {string} title
 * @property {string} role
 * @property {string} file
 * @property {boolean} patch
 * @property {string} sha256
 */

/**
 * One file as it travels: `bytes` of this hash, which unpack to `size`.
 * @typedef {object} SiteFile
 * @property {string} path
 * @property {number} bytes
 * @property {string} sha256
 * @property {string} encoding
 * @property {number} size
 */

/**
 * A layer of any exported model: the output that a tail makes it give, and its shape.
 * @typedef {object} InsideLayerFile
 * @property {string} name
 * @property {string} output
 * @property {number[]} shape
 */

/**
 * A model at `alpha` from Before (0) to After (1): answers to the class, and to the others.
 * @typedef {object} LinePoint
 * @property {number} alpha
 * @property {number[]} row
 * @property {number} acc_retain
 * @property {number} loss_retain
 */

/**
 * What the Inside tab must know. `tail`: base64. `line`: of the shipped pair, by alpha; `barriers`:
 * of its lines, in nats. `probe`: what the shipped audit says of features, in one sentence.
 * @typedef {object} InsideFile
 * @property {string} tail
 * @property {InsideLayerFile[]} layers
 * @property {Weight[]} tensors
 * @property {LinePoint[]} line
 * @property {Record<string, number>} barriers
 * @property {string} probe
 */

/**
 * pairs.json, as far as the static page reads it. Tensors in the order that positions count in.
 * @typedef {object} PairIndex
 * @property {string[]} classes
 * @property {IndexedPair[]} pairs
 * @property {PairTensor[]} tensors
 */

/**
 * A pair, what was measured of it, and the hash of its model.
 * @typedef {object} IndexedPair
 * @property {number} forget
 * @property {number} redirect
 * @property {number} drop
 * @property {number} redirect_rate
 * @property {number} seconds
 * @property {number} acc_forget
 * @property {number} acc_retain
 * @property {string} sha256
 */

/**
 * Where a tensor's first byte lies in before.onnx.
 * @typedef {object} PairTensor
 * @property {number[]} shape
 * @property {number} offset
 */

/**
 * The static page's Report tab.
 * @typedef {object} ReportViews
 * @property {string} honest
 * @property {Headline} headline
 * @property {Confusion} before
 * @property {Confusion} after
 * @property {PerClass} perClass
 * @property {MaskShares | null} maskShares
 * @property {Curves[]} curves
 */

/**
 * The static page's audit.
 * @typedef {object} AuditView
 * @property {Audit} report
 * @property {string} limits
 */

/**
 * A weight of before.onnx by its name.
 * @typedef {object} Weight
 * @property {string} name
 * @property {number[]} shape
 * @property {number} offset
 */

/**
 * A gradient step's graph, and the settings that it serves; `redirects` null: both kinds.
 * @typedef {object} StepKind
 * @property {string} name
 * @property {string[]} methods
 * @property {boolean | null} redirects
 * @property {number} batch_forget
 * @property {number} batch_retain
 */

/**
 * What the page's learner reads of Python's UnlearnConfig.
 * @typedef {object} RunSettings
 * @property {string} method
 * @property {number} forget_class
 * @property {number | null} redirect_to
 * @property {number} seed
 * @property {number} mask_fraction
 * @property {number} steps
 * @property {number} batch_forget
 * @property {number} batch_retain
 * @property {string} pool
 * @property {number} pool_per_class
 * @property {number} peak_lr
 * @property {boolean} one_cycle
 * @property {number} weight_retain
 * @property {number} weight_penalty
 * @property {number} weight_redirect
 * @property {number} temperature
 */

/**
 * What it reads of Python's RelearnConfig.
 * @typedef {object} LessonSettings
 * @property {number} forget_class
 * @property {number} images
 * @property {number} steps
 * @property {number} seed
 * @property {number} lr
 * @property {number} momentum
 * @property {number} batch_forget
 * @property {number} batch_retain
 */

/**
 * What the page's learner must know: the network, the graphs' contract, settings to begin with.
 * @typedef {object} Learning
 * @property {Weight[]} tensors
 * @property {Record<string, number[]>} shapes
 * @property {string[]} dense
 * @property {number[]} maps
 * @property {string[]} rest
 * @property {Record<string, number>} places
 * @property {StepKind[]} steps
 * @property {RunSettings} redirecting
 * @property {RunSettings} natural
 * @property {LessonSettings} lesson
 * @property {number[]} points
 * @property {Record<string, number[]>} ranges
 * @property {number} watched
 * @property {number[]} counts
 * @property {Record<string, Record<string, Record<string, number[]>>>} recovery
 * @property {string} manifest
 */
